"""Cumulative sums and maxima within each customer's values, unaffected by other customers' rounding."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array, Whole


def accumulate_by_customer(ufunc: np.ufunc, values: Array, starts: Whole) -> Array:
    """`ufunc.accumulate` within each customer's values (a segmented scan by doubling steps), (m,).

    Each pass combines values twice as far apart, so the result of a customer depends on that customer's values alone. A
    difference of cumulative sums over all customers takes one pass, but leaves rounding errors of all customers' money.

    Args:
        ufunc: np.add for sums, np.maximum for maxima.
        values: the values of all customers, one customer after the other, (m,).
        starts: position of each customer's first value, and at the end m, (n + 1,).

    >>> accumulate_by_customer(np.add, np.array([1.0, 2.0, 5.0, 1.0]), np.array([0, 2, 4]))
    array([1., 3., 5., 6.])
    """
    answer = values.copy()
    rank = np.arange(len(values)) - np.repeat(starts[:-1], np.diff(starts))
    at = np.flatnonzero(rank >= 1)
    step = 1
    while len(at):
        answer[at] = ufunc(answer[at], answer[at - step])
        step *= 2
        at = at[rank[at] >= step]
    return answer
