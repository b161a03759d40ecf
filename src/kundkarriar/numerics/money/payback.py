"""Payback: the month in which what an acquired customer brings has paid the cost of acquisition."""

from collections.abc import Iterable

import numpy as np

from kundkarriar.arrays import Array


def payback_month(value: Iterable[Array], *, cost: Array) -> Array:
    """The first month by whose end the value reaches the cost, (g,); NaN where it does not.

    Args:
        value: discounted net value of each group up to the end of month 0, 1, ..., (g,) each; it may fall again. It is
            read until all groups whose cost is known have paid.
        cost: cost of acquisition of each group, due at month 0, (g,); NaN where it is not known.

    >>> payback_month([np.array([5.0, 5.0]), np.array([8.0, 6.0])], cost=np.array([8.0, 7.0])).tolist()
    [1.0, nan]
    """
    paid, known = np.full(len(cost), np.nan), np.isfinite(cost)
    for month, so_far in enumerate(value):
        paid = np.where(np.isnan(paid) & (so_far >= cost), month, paid)
        if not np.isnan(paid[known]).any():
            break
    return paid
