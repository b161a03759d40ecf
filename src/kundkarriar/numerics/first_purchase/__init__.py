"""Survival, likelihood and draws of the time to the first purchase."""
