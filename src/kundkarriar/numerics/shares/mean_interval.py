"""The interval of a mean by Student's t."""

import numpy as np
from scipy.special import stdtrit

from kundkarriar.arrays import Array


def mean_interval(values: Array, *, level: float) -> tuple[float, float, float]:
    """The mean of n values with its central interval; the bounds are NaN for n < 2, and all for n = 0.

    >>> print(*np.round(mean_interval(np.array([1.0, 2.0, 3.0]), level=0.9), 3))
    2.0 0.314 3.686
    """
    n, values = len(values), np.sort(values)  # so that the order of customers changes no digit
    if n < 2:
        return float(values[0]) if n else np.nan, np.nan, np.nan
    mean, error = float(values.mean()), float(values.std(ddof=1)) / np.sqrt(n)
    width = float(stdtrit(n - 1, (1 + level) / 2)) * error
    return mean, mean - width, mean + width
