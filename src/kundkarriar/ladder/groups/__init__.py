"""Exclusive, recurring and moving customers by probability."""
