"""A plan as tables and sentences: summary, groups, assignments, worklist, explanation."""
