"""Shares of counted customers, their intervals and differences."""
