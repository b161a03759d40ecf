"""A finite mixture of exclusive, recurring and moving buyers."""
