"""Randomised holdout: a random sample of the customers to be treated, left untreated to measure the effect."""

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Mask, Whole


def held_out(
    *, treated: Mask, number: NDArray[np.uint64], share: float, strata: Whole | None = None, keep: Mask | None = None
) -> Mask:
    """Random `share` of the customers to be `treated`, to the nearest customer, spread evenly over the strata, (n,).

    At least one is held out and at least one is not: otherwise there is no comparison. Of a single customer nobody is
    held out. The number held out is fixed: independent draws would leave a group of ten without a comparison once in
    three times.

    Each stratum, and each run of neighbouring strata, has its share rounded down or up. Which strata are rounded up is
    decided by one random start for all of them (systematic sampling: Madow & Madow 1944, Annals of Mathematical
    Statistics 15(1)), so that everyone is as likely to be held out as everyone else. Largest remainders would be as
    even, but would never hold anybody out of a small stratum: their effects could not be measured in any period.

    Args:
        treated: customers to be treated, (n,).
        number: a random number of each customer, (n,). In a stratum the smallest are held out.
        share: 0 to below 1.
        strata: number of the customer's stratum, (n,), such that neighbours are alike. None: one stratum.
        keep: customers held out before, (n,). They are held out first, as far as their stratum's share goes. In a
            stratum with too few of them others are added, and in one with too many some are released, both at random.

    >>> treated, number = np.array([True, True, False, True]), np.array([7, 3, 1, 9], np.uint64)
    >>> held_out(treated=treated, number=number, share=0.1).tolist()
    [False, True, False, False]
    >>> held_out(treated=treated, number=number, share=0.1, keep=np.array([False, False, True, True])).tolist()
    [False, False, False, True]
    """
    held = np.zeros(len(treated), dtype=bool)
    candidates = np.flatnonzero(treated)
    n = len(candidates)
    if share == 0 or n < 2:
        return held
    stratum = np.zeros(n, dtype=np.int64) if strata is None else strata[candidates]
    released = np.zeros(n, dtype=bool) if keep is None else ~keep[candidates]
    order = np.lexsort((number[candidates], released, stratum))
    size = np.unique(stratum, return_counts=True)[1]
    count = _rounded(size, total=min(max(round(share * n), 1), n - 1), start=_start(number[candidates], below=n))
    place = np.arange(n) - np.repeat(np.cumsum(size) - size, size)
    held[candidates[order[place < np.repeat(count, size)]]] = True
    return held


def _start(number: NDArray[np.uint64], *, below: int) -> int:
    """A random whole number from 0 to `below`: it depends on the numbers, and not on who has which of them."""
    return int(np.bitwise_xor.reduce(number)) % below


def _rounded(size: Whole, *, total: int, start: int) -> Whole:
    """The `total` in proportion to `size`, (G,), in whole numbers: each sum of neighbours is rounded down or up.

    Over all starts from 0 to below the sum of sizes, the mean is exact.

    >>> [_rounded(np.array([2, 1, 3]), total=2, start=start).tolist() for start in range(6)]
    [[0, 1, 1], [0, 1, 1], [1, 0, 1], [1, 0, 1], [1, 0, 1], [1, 0, 1]]
    """
    whole: Whole = (size.cumsum() * total + start) // size.sum()
    return np.diff(whole, prepend=0)
