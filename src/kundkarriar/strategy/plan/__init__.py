"""The planner, its decisions, and the plan."""
