"""Regularity of purchase timing: the Erlang shape of Wheat and Morrison (1990), Journal of Marketing Research 27(1)."""

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.history.sorted_entries import sums

MOST = 100.0
"""Upper bound of regularity. Even gaps give infinity, which gaps in whole days cannot distinguish from 100."""


def unevenness(*, code: Whole, day: Whole) -> Array:
    """(M - 1/2)^2 with M = t1 / (t1 + t2), t1 and t2 being the two gaps that end at each purchase day, (m,).

    0 at the first two purchase days of a customer, where no pair of gaps ends.
    """
    gap = np.diff(day)
    both = code[2:] == code[:-2]
    share = np.divide(gap[:-1], day[2:] - day[:-2], out=np.full(len(both), 0.5), where=both)
    answer = np.zeros(len(day))
    answer[2:] = (share - 0.5) ** 2
    return answer


def regularity(*, uneven: Array, start: Whole, end: Whole) -> Array:
    """Shape k of the gamma distribution of gaps between purchases: k = (1 - 4 Var M) / (8 Var M).

    The two gaps of a pair are exchangeable, so M has mean 1/2 and its variance is the mean of (M - 1/2)^2, which is
    `uneven` at each purchase day, (m,); a customer's purchase days are `start:end`.

    Returns:
        k of each customer, (n,): 1 for Poisson purchases, above 1 for regular, below 1 for clumped ones; at most 100;
        NaN with fewer than three gaps. With few gaps it is imprecise.

    >>> day = np.array([0, 10, 20, 30])
    >>> uneven = unevenness(code=np.zeros(4, np.int64), day=day)
    >>> regularity(uneven=uneven, start=np.array([0]), end=np.array([4]))
    array([100.])
    """
    return shape_of_gaps(sums(values=uneven, start=start, end=end), count=end - start)


def shape_of_gaps(uneven: Array, *, count: Whole) -> Array:
    """The shape k of customers with `count` purchase days, (n,), from the sum of their `unevenness`, (n,)."""
    pairs = count - 2
    known = pairs >= 2
    # The largest k is the smallest variance: k = MOST solved for Var M.
    variance = np.maximum(uneven / np.maximum(pairs, 1), 1 / (8 * MOST + 4))
    return np.where(known, (1 - 4 * variance) / (8 * variance), np.nan)
