"""One row per customer: summaries, memberships, opportunities, holdouts, and how models read these rows."""
