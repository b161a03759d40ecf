"""Repeat-buying families (Poisson-beta, Erlang, Pareto): the mathematics of a model on arrays."""
