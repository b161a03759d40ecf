"""Promotion over the rungs: what it costs, and which path of development pays."""
