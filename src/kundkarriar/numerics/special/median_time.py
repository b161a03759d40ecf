"""The time by which something has happened with probability 1/2, from its distribution function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SHORTEST, LONGEST = 1e-12, 1e12
HALVINGS = 60


def median_time(happened: Callable[[Array], Array], *, n: int) -> Array:
    """For each of n rows the time t with `happened(t)` = 1/2, (n,); infinite where it never gets there.

    Halves an interval in ln t, from 1e-12 to 1e12: to 15 digits. What has not happened by 1e12 never does.

    Args:
        happened: of times (n,), the probability that it has happened by then, (n,), rising.
        n: how many rows.

    >>> median_time(lambda t: 1 - np.exp(-np.array([1.0, 2.0]) * t), n=2).round(6)
    array([0.693147, 0.346574])
    """
    low, high = np.full(n, np.log(SHORTEST)), np.full(n, np.log(LONGEST))
    never = happened(np.exp(high)) < 0.5
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        later = happened(np.exp(middle)) < 0.5
        low, high = np.where(later, middle, low), np.where(later, high, middle)
    return np.where(never, np.inf, np.exp((low + high) / 2))
