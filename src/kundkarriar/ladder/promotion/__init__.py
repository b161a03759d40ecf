"""Promotion to the next rung: how probable, what it costs, and which path of development pays."""
