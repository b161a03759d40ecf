"""Margins by category of product."""
