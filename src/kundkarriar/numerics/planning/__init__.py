"""Allocation of actions under budgets, treatment effects, the randomised holdout."""
