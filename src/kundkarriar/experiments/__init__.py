"""Randomised experiments on customers: what treatment did, in which group, and whether groups should differ."""
