"""Sums over customers of ln Γ(a + k) - ln Γ(a) for whole k, and their slopes in a.

The difference is the sum of ln(a + j) over j < k, so only the customers with k above j need be counted. It is exact
where the two log-gammas cancel (a large a), and its derivatives are sums of 1 / (a + j) and -1 / (a + j)^2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def above(counts: Array, weights: Array) -> Array:
    """The weight of rows with a count above j, for j = 0, 1, ..., largest - 1.

    >>> above(np.array([2.0, 0.0, 1.0]), np.array([1.0, 1.0, 5.0]))
    array([6., 1.])
    """
    exactly = np.bincount(counts.astype(np.int64), weights=weights).astype(np.float64)
    return np.cumsum(exactly[::-1])[::-1][1:]


def total(a: float, counted: Array) -> tuple[float, float, float]:
    """Sum over rows of weight x (ln Γ(a + k) - ln Γ(a)), its first and its second derivative in a.

    Args:
        a: above 0.
        counted: as `above` counts the rows' k.

    >>> float(np.exp(total(1.0, np.array([1.0, 1.0, 1.0]))[0]).round(9))
    6.0
    """
    at = a + np.arange(len(counted))
    over = counted / at
    return float(counted @ np.log(at)), float(over.sum()), -float((over / at).sum())


def total_of_many(a: Array, counted: Array) -> Array:
    """The sum alone, for many a at once, (S,)."""
    return np.asarray(np.log(a[:, None] + np.arange(len(counted))) @ counted)
