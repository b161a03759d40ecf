"""Accuracy, coverage, calibration and overdispersion of forecasts; drift of rates."""
