"""Rates of events that customers differ in: a gamma over customers, its fit and its draws."""
