"""Marketing plans: playbooks, actions and their effects, budgets, and the plan for each customer."""
