"""Formulas on arrays, in the papers' notation, with keyword-only arguments; no frames."""
