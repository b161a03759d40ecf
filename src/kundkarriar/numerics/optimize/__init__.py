"""Maximisation of likelihoods: unconstrained parameters, Newton, BFGS, profile likelihood."""
