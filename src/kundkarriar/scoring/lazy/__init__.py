"""Scorers of lazy summaries: fitted to distinct rows with counts, and scores in blocks of customers."""
