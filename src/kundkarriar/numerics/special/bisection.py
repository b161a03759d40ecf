"""Bisection: where a monotone condition changes, and the median of a waiting time."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kundkarriar.arrays import Array

SHORTEST, LONGEST = 1e-12, 1e12


def bisected(holds: Callable[[Any], Any], low: Any, high: Any, *, halvings: int) -> tuple[Any, Any]:
    """Ends of the interval, elementwise, after `halvings`: `holds` is true at the first and false at the second.

    It is taken to be true at `low` and false at `high`, which may be the smaller.

    >>> low, high = bisected(lambda x: x**2 < 2, 0.0, 2.0, halvings=50)
    >>> round(float(low), 9), round(float(high), 9)
    (1.414213562, 1.414213562)
    """
    for _ in range(halvings):
        middle = 0.5 * (low + high)
        first = holds(middle)
        low, high = np.where(first, middle, low), np.where(first, high, middle)
    return low, high


def median_time(cdf: Callable[[Array], Array], *, n: int) -> Array:
    """Time t with `cdf(t)` = 1/2 of each of n rows, (n,), to 15 digits; infinite where `cdf(1e12)` is below 1/2.

    `cdf` takes times (n,) to probabilities (n,), nondecreasing.

    >>> median_time(lambda t: 1 - np.exp(-np.array([1.0, 2.0]) * t), n=2).round(6)
    array([0.693147, 0.346574])
    """
    low, high = np.full(n, np.log(SHORTEST)), np.full(n, np.log(LONGEST))
    never = cdf(np.exp(high)) < 0.5
    low, high = bisected(lambda log_time: cdf(np.exp(log_time)) < 0.5, low, high, halvings=60)
    return np.where(never, np.inf, np.exp((low + high) / 2))
