"""Scores of lazy summaries, in blocks of customers."""
