"""ABC classes of lazy scores: limits by a few aggregates over the whole base, classes in blocks of customers."""
