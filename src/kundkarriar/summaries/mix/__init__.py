"""Spend by category of each customer in a summary."""
