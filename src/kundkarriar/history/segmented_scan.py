"""Running sums and the like within each customer's values, free of the rounding of other customers' values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def segmented_scan(join: np.ufunc, values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """`join.accumulate` within each segment of the values, (m,).

    Each pass joins what lies twice as far back, so that a segment's digits depend on it alone. A difference of running
    sums over all segments would be one pass, and would leave the rounding errors of everybody's money in a few crowns.

    Args:
        join: np.add, np.maximum.
        values: of all segments, one after the other, (m,).
        starts: where each begins, and last where all end, (n + 1,).

    >>> segmented_scan(np.add, np.array([1.0, 2.0, 5.0, 1.0]), np.array([0, 2, 4]))
    array([1., 3., 5., 6.])
    """
    answer = values.copy()
    rank = np.arange(len(values)) - np.repeat(starts[:-1], np.diff(starts))
    at = np.flatnonzero(rank >= 1)
    step = 1
    while len(at):
        answer[at] = join(answer[at], answer[at - step])
        step *= 2
        at = at[rank[at] >= step]
    return answer
