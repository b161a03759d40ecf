"""What may be done with each customer: bundles of actions, whom they may serve, what they add and what they take."""
