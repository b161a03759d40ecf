"""Finite mixture of exclusive, recurring and moving buyers: likelihood, class probabilities, fit, simulation."""
