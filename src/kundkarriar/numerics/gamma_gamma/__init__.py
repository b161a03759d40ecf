"""Gamma-Gamma: spend per purchase."""
