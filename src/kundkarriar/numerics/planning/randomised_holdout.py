"""Randomised holdout: a random sample of the customers to be treated, left untreated to measure the effect."""

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Mask


def held_out(*, treated: Mask, number: NDArray[np.uint64], share: float) -> Mask:
    """Random `share` of the customers to be `treated`, to the nearest customer: those of the smallest `number`, (n,).

    At least one is held out and at least one is not: otherwise there is no comparison. Of a single customer nobody is
    held out. The number held out is fixed: independent draws would leave a group of ten without a comparison once in
    three times.

    >>> treated, number = np.array([True, True, False, True]), np.array([7, 3, 1, 9], np.uint64)
    >>> held_out(treated=treated, number=number, share=0.1).tolist()
    [False, True, False, False]
    """
    held = np.zeros(len(treated), dtype=bool)
    candidates = np.flatnonzero(treated)
    if share > 0 and len(candidates) > 1:
        count = min(max(round(share * len(candidates)), 1), len(candidates) - 1)
        held[candidates[np.argsort(number[candidates], kind="stable")[:count]]] = True
    return held
