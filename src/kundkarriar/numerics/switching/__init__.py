"""Customers who switch on and off: an interrupted Poisson process, its rates log-normal over customers."""
