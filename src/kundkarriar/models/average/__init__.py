"""Averages of purchase models: the mixture of their distributions, and its weights."""
