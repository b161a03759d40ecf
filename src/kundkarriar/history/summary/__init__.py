"""The summary: frequency, recency, T and monetary value per customer, and how models read its rows."""
