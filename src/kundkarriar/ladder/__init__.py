"""Where a customer stands on the ladder, now and month by month."""
