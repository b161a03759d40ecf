"""Microsimulation of rungs: histories go on as purchases are drawn, and the ladder's own rules say on which rung."""
