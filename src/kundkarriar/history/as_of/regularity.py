"""How evenly purchases are spaced: Wheat and Morrison (1990), Journal of Marketing Research 27(1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.history.as_of.windows import sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 100.0
"""Largest regularity told: even gaps give infinity, and gaps in whole days cannot tell it from 100."""


def unevenness(*, code: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.float64]:
    """(M - 1/2)^2 of the two gaps that end at each purchase day, M = t1 / (t1 + t2), (m,).

    0 at the first two days of a customer, which end no pair of gaps.
    """
    answer = np.zeros(len(day))
    third = np.flatnonzero(code[2:] == code[:-2]) + 2 if len(code) > 2 else np.empty(0, np.int64)
    t_1, t_2 = day[third - 1] - day[third - 2], day[third] - day[third - 1]
    answer[third] = (t_1 / (t_1 + t_2) - 0.5) ** 2
    return answer


def regularity(*, uneven: NDArray[np.float64], start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.float64]:
    """The shape k of the gaps between purchases: k = (1 - 4 Var M) / (8 Var M).

    The two gaps of a pair are exchangeable, so the mean of M is 1/2 and its variance the mean of (M - 1/2)^2.

    Args:
        uneven: (M - 1/2)^2 at each purchase day, see `unevenness`, (m,).
        start: position of each customer's first purchase day, (n,).
        end: position after their last, (n,).

    Returns:
        k of each customer, (n,): 1 where purchases come at random (Poisson), above 1 the more regular, below 1
        in clumps; at most 100; NaN under three gaps. It is rough for one customer with few gaps.

    >>> day = np.array([0, 10, 20, 30])
    >>> uneven = unevenness(code=np.zeros(4, np.int64), day=day)
    >>> regularity(uneven=uneven, start=np.array([0]), end=np.array([4]))
    array([100.])
    """
    pairs = end - start - 2
    known = pairs >= 2
    variance = sums(values=uneven, start=start, end=end) / np.maximum(pairs, 1)
    # The largest k is the smallest variance: k = MOST solved for Var M.
    variance = np.maximum(variance, 1 / (8 * MOST + 4))
    return np.where(known, (1 - 4 * variance) / (8 * variance), np.nan)
