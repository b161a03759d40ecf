"""Facts and events of each customer as of a date."""
