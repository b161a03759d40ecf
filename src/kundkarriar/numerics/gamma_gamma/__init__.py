"""Gamma-Gamma: likelihood and expectation of spend per purchase."""
