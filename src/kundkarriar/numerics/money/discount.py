"""Discounting at a yearly effective rate: the continuous rate per period, and discounted time."""

import numpy as np

DAYS_PER_YEAR = 365.25


def rate_per_period(yearly_rate: float, *, days: float) -> float:
    """Continuous discount rate per period of `days` days: log(1 + yearly_rate) x years per period.

    >>> round(rate_per_period(0.10, days=7) * 365.25 / 7, 6)
    0.09531
    """
    return float(np.log1p(yearly_rate) * days / DAYS_PER_YEAR)


def discounted_years(*, years: float, yearly_rate: float) -> float:
    """Present value of an annuity of 1 a year over `years`, which may be infinite: the integral of (1 + rate)^-t.

    >>> round(discounted_years(years=1.0, yearly_rate=0.10), 6)
    0.953824
    """
    delta = np.log1p(yearly_rate)
    if delta == 0.0:
        return years
    return float(-np.expm1(-delta * years) / delta)
