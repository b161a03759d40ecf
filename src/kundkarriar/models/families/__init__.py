"""Families of repeat-buying models (Poisson-beta, Erlang, Pareto) on arrays, and the fitted models built on them."""
