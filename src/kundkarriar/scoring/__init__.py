"""Customer lifetime value: expectations, drawn values with intervals, and backtests."""
