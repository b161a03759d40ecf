"""The yearly review of a plan: what came, beside what was planned, what would have come without, and the holdout."""
