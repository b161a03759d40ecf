"""Rungs: their conditions, grace and lapse, and the history of each customer over them."""
