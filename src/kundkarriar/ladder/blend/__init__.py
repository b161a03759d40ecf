"""Blends of movements: weights learnt before an origin, and forecasts of the mixture."""
