"""Statistics of customers' draws, pooled over customers with equal rows, block by block."""

from collections.abc import Callable, Iterable

import numpy as np

from kundkarriar.arrays import Array, Whole

POOLED_MEMBERS = 2000
"""Most members of one distinct row whose draws are pooled: 2,000 x 200 numbers determine a 5 % quantile."""


def pooled_statistics(
    blocks: Iterable[Array], statistic: Callable[[Array], Array], count: int, *, group: Whole
) -> Array:
    """A `statistic`, `count` numbers, of each customer's draws, (count, n); equal customers share it.

    Args:
        blocks: draws of consecutive customers, (m, S) each, n customers in all.
        statistic: from draws (m, S) to (count, m).
        count: how many numbers it gives.
        group: number of each customer's distinct row, 0 to G - 1, (n,); customers of a group are consecutive.
    """
    sizes = np.bincount(group)
    by_row = np.empty((count, len(sizes)))
    open_group, first = -1, 0
    pooled: list[Array] = []
    for values in blocks:
        groups = group[first : first + len(values)]
        first += len(values)
        single = sizes[groups] == 1
        by_row[:, groups[single]] = statistic(values[single])
        for number in np.unique(groups[~single]):
            if number != open_group:
                open_group, pooled = number, []
            members = values[groups == number] if len(pooled) < POOLED_MEMBERS else values[:0]
            pooled.extend(members[: POOLED_MEMBERS - len(pooled)])
            by_row[:, number] = statistic(np.concatenate(pooled)[None, :])[:, 0]
    return np.asarray(by_row[:, group])


def top_shares(values: Array, k: int) -> Array:
    """Share of each value in the `k` highest places, 0 to 1, (n,): ties for the last places share them equally.

    >>> top_shares(np.array([3.0, 1.0, 1.0, 0.0]), 2)
    array([1. , 0.5, 0.5, 0. ])
    """
    last = np.partition(values, len(values) - k)[len(values) - k]
    above, tied = values > last, values == last
    shares: Array = above + tied * ((k - above.sum()) / tied.sum())
    return shares
