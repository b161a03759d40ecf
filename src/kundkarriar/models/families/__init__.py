"""Families of repeat-buying models on arrays (BG/NBD, BG/CNBD-k, Pareto/NBD), and base classes of fitted models."""
