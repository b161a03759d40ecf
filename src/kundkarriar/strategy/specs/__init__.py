"""What a user writes down: actions, effects, budgets, strategies, playbooks."""
