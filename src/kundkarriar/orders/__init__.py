"""Raw orders converted into standard transactions, and the data report about them."""
