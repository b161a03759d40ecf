"""Gains by their parts, products and channels of groups, needs, and the customers of an offer."""
