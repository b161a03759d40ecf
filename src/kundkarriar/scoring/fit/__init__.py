"""The fit of a scorer: its parts, fitted to a summary in memory, or to the distinct rows of a lazy one."""
