"""Randomised experiments on customers: what treatment did, in which group, and whether it pays to treat groups apart."""
