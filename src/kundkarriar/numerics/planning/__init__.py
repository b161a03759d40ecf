"""Allocation of actions under budgets, shadow prices, treatment effects, randomised holdout."""
