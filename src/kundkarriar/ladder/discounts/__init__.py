"""Discounts that are inherited up the ladder: their cost on the whole path, and how large they may be."""
