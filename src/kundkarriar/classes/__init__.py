"""ABC classes by value, the grid of rung and class, and the concentration of value."""
