"""Leads: people known before they first bought, as a table and as rows of a model."""
