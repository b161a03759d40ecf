"""Specifications written by the user: actions, effects, budgets, strategies, playbooks."""
