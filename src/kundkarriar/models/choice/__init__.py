"""Averages of purchase models, and the choice among them."""
