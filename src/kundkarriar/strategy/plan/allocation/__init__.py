"""Who gets which bundle: rules, floors and caps, the selection within the budget, and other ways to use it."""
