"""The adjusted Rand index of two partitions of the same customers."""

import numpy as np

from kundkarriar.arrays import Whole


def adjusted_rand(*, first: Whole, second: Whole) -> float:
    """Agreement of two partitions, (n,) codes from 0 each: 1 if they are the same, 0 on average by chance.

    The share of pairs of customers on which both agree, less what groups of these sizes agree on by chance. Names of
    groups do not matter. Two partitions into one group each, or into single customers, are the same.

    Source: Hubert and Arabie (1985), Journal of Classification 2(1), equation 5.

    >>> adjusted_rand(first=np.array([0, 0, 1, 1]), second=np.array([1, 1, 0, 0]))
    1.0
    >>> round(adjusted_rand(first=np.array([0, 0, 1, 1]), second=np.array([0, 1, 0, 1])), 3)
    -0.5
    """
    _, both = np.unique(first * (int(second.max(initial=0)) + 1) + second, return_inverse=True)
    together, rows, columns = (_pairs(np.bincount(each)) for each in (both, first, second))
    all_pairs = _pairs(np.array([len(first)]))
    by_chance = rows * columns / max(all_pairs, 1.0)
    most = (rows + columns) / 2
    return 1.0 if most == by_chance else (together - by_chance) / (most - by_chance)


def _pairs(sizes: Whole) -> float:
    """The number of pairs within groups of these sizes."""
    size = sizes.astype(np.float64)
    return float((size * (size - 1) / 2).sum())
