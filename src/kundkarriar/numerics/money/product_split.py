"""The change of a product of factors, split among the factors by Shapley values."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np

from kundkarriar.arrays import Array


def product_split(before: Array, after: Array) -> Array:
    """The part of each factor in the change of the product of k factors, (k, n).

    A factor's part is its change times the other factors, averaged over all orders in which the factors may change one
    after the other. The parts sum to the change, do not depend on the order of the factors, and a factor that stays as
    it was has none.

    Args:
        before: the factors, (k, n).
        after: the same later, (k, n).

    >>> product_split(np.array([[2.0], [10.0]]), np.array([[3.0], [12.0]])).tolist()
    [[11.0], [5.0]]

    Source: Shapley (1953), A value for n-person games, in Contributions to the Theory of Games II, eq. 12.
    """
    k = len(before)
    parts = np.zeros(before.shape)
    for factor in range(k):
        others = [each for each in range(k) if each != factor]
        for size in range(k):
            weight = factorial(size) * factorial(k - 1 - size) / factorial(k)
            for changed in combinations(others, size):
                rest = [after[each] if each in changed else before[each] for each in others]
                parts[factor] += weight * np.prod(rest, axis=0)
        parts[factor] *= after[factor] - before[factor]
    return parts
