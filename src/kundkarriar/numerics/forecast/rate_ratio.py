"""Ratio of the purchase rates of two groups of customers, with its standard error."""

import numpy as np

from kundkarriar.arrays import Array, Mask


def log_rate_ratio(*, x: Array, T: Array, group: Mask) -> tuple[float, float]:
    """Log of the purchase rate in `group` over that outside it, and its standard error.

    A rate is repeat purchases over time observed, summed over customers. The error is of the ratio of sums over
    customers, whose own rates differ (Cochran 1977, Sampling Techniques, eq. 2.46). NaN where a group has no
    purchases.

    Args:
        x: repeat purchases, (n,).
        T: time observed, (n,).
        group: the members, (n,).
    """
    logs, variance = [], 0.0
    for members in (group, ~group):
        bought, time = float(x[members].sum()), float(T[members].sum())
        if not (bought > 0 and time > 0):
            return np.nan, np.nan
        rate = bought / time
        logs.append(np.log(rate))
        variance += float(np.sum((x[members] - rate * T[members]) ** 2)) / bought**2
    return float(logs[0] - logs[1]), float(np.sqrt(variance))
