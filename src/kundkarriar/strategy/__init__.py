"""What to do with whom, for how much money and time, and why."""
