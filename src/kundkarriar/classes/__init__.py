"""ABC classes by value, and how concentrated the value is."""
