"""Drawn purchases to come, dated, customer by customer."""
