"""The choice of a purchase model by its forecasts from earlier days."""
