"""Lazy tables: their distinct rows with counts, and functions of rows that are asked once for each distinct one."""
