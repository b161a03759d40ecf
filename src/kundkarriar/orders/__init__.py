"""Orders read into standard transactions, and the report on what was in them."""
