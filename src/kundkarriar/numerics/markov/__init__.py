"""Finite mixtures of Markov chains: statistics, EM, model choice, value of states, projection of a base."""
