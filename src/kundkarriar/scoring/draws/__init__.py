"""Drawn values of customers, their totals and intervals."""
