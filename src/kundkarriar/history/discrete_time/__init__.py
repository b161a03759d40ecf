"""Discrete time: tables of memberships (contractual) and of opportunities (BG/BB), and how models read their rows."""
