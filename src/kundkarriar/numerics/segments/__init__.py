"""How well groups of customers separate a later value, and how alike two partitions are."""
