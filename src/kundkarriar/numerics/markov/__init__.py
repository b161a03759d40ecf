"""Mixtures of Markov chains: EM, value, projection."""
