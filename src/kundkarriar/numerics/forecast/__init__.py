"""Accuracy, coverage and calibration of forecasts; drift of rates."""
