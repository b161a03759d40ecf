"""Who is held out of a plan so that its effect can be measured: drawn by lot from those who would be treated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def held_out(*, treated: NDArray[np.bool_], number: NDArray[np.uint64], share: float) -> NDArray[np.bool_]:
    """True for a random `share` of those who would be treated, to the nearest customer, (n,).

    At least one is held out and at least one is not: with nobody on one side there is no comparison. Of a single
    customer nobody is. A number is drawn, not each customer by a coin of their own, which would leave a group of ten
    without any comparison once in three times.

    Args:
        treated: who would be treated, (n,).
        number: each customer's number: the smallest are held out, (n,).
        share: 0 to below 1; 0 holds nobody out.

    >>> treated, number = np.array([True, True, False, True]), np.array([7, 3, 1, 9], np.uint64)
    >>> held_out(treated=treated, number=number, share=0.1).tolist()
    [False, True, False, False]
    """
    answer = np.zeros(len(treated), dtype=bool)
    candidates = np.flatnonzero(treated)
    if share > 0 and len(candidates) > 1:
        count = min(max(round(share * len(candidates)), 1), len(candidates) - 1)
        answer[candidates[np.argsort(number[candidates], kind="stable")[:count]]] = True
    return answer
