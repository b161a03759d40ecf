"""Backtests: forecasts made at past dates, compared with the outcomes."""
