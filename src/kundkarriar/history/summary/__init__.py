"""One row per customer: frequency, recency, T and money, and how models read these rows."""
