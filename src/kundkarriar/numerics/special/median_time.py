"""Median of a waiting time, from its cumulative distribution function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kundkarriar.arrays import Array

SHORTEST, LONGEST = 1e-12, 1e12
HALVINGS = 60


def median_time(cdf: Callable[[Array], Array], *, n: int) -> Array:
    """Time t with `cdf(t)` = 1/2 of each of n rows, (n,); infinite where `cdf(1e12)` is below 1/2.

    Bisection in ln t from 1e-12 to 1e12, to 15 digits.

    Args:
        cdf: times (n,) to probabilities (n,), nondecreasing.
        n: number of rows.

    >>> median_time(lambda t: 1 - np.exp(-np.array([1.0, 2.0]) * t), n=2).round(6)
    array([0.693147, 0.346574])
    """
    low, high = np.full(n, np.log(SHORTEST)), np.full(n, np.log(LONGEST))
    never = cdf(np.exp(high)) < 0.5
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        later = cdf(np.exp(middle)) < 0.5
        low, high = np.where(later, middle, low), np.where(later, high, middle)
    return np.where(never, np.inf, np.exp((low + high) / 2))
