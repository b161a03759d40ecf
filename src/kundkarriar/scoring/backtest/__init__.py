"""Forecasts made at past dates, compared with what happened afterwards."""
