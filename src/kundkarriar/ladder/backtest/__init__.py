"""Backtest of movements: forecasts of rungs from earlier days, held against the careers that came."""
