"""Statistics of customers' draws, pooled over customers with equal rows, block by block."""

from collections.abc import Callable

import numpy as np

from kundkarriar.arrays import Array, Whole

POOLED_MEMBERS = 2000
"""Most members of one distinct row whose draws are pooled: 2,000 x 200 numbers determine a 5 % quantile."""


class PooledStatistics:
    """A statistic of each customer's draws, taken block by block; equal customers share it.

    Args:
        statistic: from draws (m, S) to (count, m).
        count: how many numbers it gives.
        group: number of each customer's distinct row, 0 to G - 1, (n,); customers of a group are consecutive.

    >>> pooled = PooledStatistics(lambda values: values.mean(axis=1)[None], 1, group=np.array([0, 0, 1]))
    >>> pooled.add(np.array([[1.0, 2.0], [3.0, 4.0], [7.0, 9.0]]))
    >>> pooled.result
    array([[2.5, 2.5, 8. ]])
    """

    def __init__(self, statistic: Callable[[Array], Array], count: int, *, group: Whole) -> None:
        self._statistic, self._group, self._sizes = statistic, group, np.bincount(group)
        self._by_row = np.empty((count, len(self._sizes)))
        self._open_group, self._first = -1, 0
        self._pooled: list[Array] = []

    def add(self, values: Array) -> None:
        """Take the draws of the next customers, (m, S)."""
        groups = self._group[self._first : self._first + len(values)]
        self._first += len(values)
        single = self._sizes[groups] == 1
        self._by_row[:, groups[single]] = self._statistic(values[single])
        for number in np.unique(groups[~single]):
            if number != self._open_group:
                self._open_group, self._pooled = number, []
            pooled = self._pooled
            members = values[groups == number] if len(pooled) < POOLED_MEMBERS else values[:0]
            pooled.extend(members[: POOLED_MEMBERS - len(pooled)])
            self._by_row[:, number] = self._statistic(np.concatenate(pooled)[None, :])[:, 0]

    @property
    def result(self) -> Array:
        """The statistic of each customer, (count, n), after all were added."""
        return np.asarray(self._by_row[:, self._group])


def top_shares(values: Array, k: int) -> Array:
    """Share of each value in the `k` highest places, 0 to 1, (n,): ties for the last places share them equally.

    >>> top_shares(np.array([3.0, 1.0, 1.0, 0.0]), 2)
    array([1. , 0.5, 0.5, 0. ])
    """
    last = np.partition(values, len(values) - k)[len(values) - k]
    above, tied = values > last, values == last
    shares: Array = above + tied * ((k - above.sum()) / tied.sum())
    return shares
