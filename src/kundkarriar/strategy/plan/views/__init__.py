"""Tables and sentences made from a plan: summary, groups, assignments, worklist, explanation."""
