"""The silences of a customer base, valued under many parameters at once.

With the last opportunity taken at t_x, what follows is worked back from the last opportunity n, where Q = 1, to t_x:

    Q(t) = gamma / (gamma + delta + t)
           + (delta + t) / (gamma + delta + t) x (beta + t - x) / (alpha + beta + t) x Q(t + 1):

the customer leaves before the next, or stays, does not buy, and what follows is silent too. Customers with the same x
and n share one walk, whenever they fell silent: n steps for a group, where `silence` takes as many for each row.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class Silences:
    """Groups of customers with the same x and n, in falling order of their longest silence.

    Attributes:
        x, n: opportunities taken and had, (G,).
        longest: opportunities that the longest silence of the group passed, (G,).
        ends: for silences of 1, 2, ... opportunities: the groups that have one, and how many customers.
    """

    x: Array
    n: Array
    longest: NDArray[np.int64]
    ends: tuple[tuple[NDArray[np.int64], Array], ...]

    @classmethod
    def of(cls, *, x: Array, t_x: Array, gap: Array, weights: Array) -> Silences:
        """Group rows, each with a silence of `gap` >= 1 opportunities, (m,)."""
        size = float((t_x + gap).max(initial=0.0)) + 1
        keys, group = np.unique(x * size + t_x + gap, return_inverse=True)
        longest = np.zeros(len(keys), np.int64)
        np.maximum.at(longest, group, gap.astype(np.int64))
        order = np.argsort(-longest, kind="stable")
        place = np.argsort(order, kind="stable")[group]
        by_gap = np.argsort(gap, kind="stable")
        cuts = np.searchsorted(gap[by_gap], np.arange(1, int(longest.max(initial=0)) + 2))
        ends = tuple((place[by_gap[first:last]], weights[by_gap[first:last]]) for first, last in pairwise(cuts))
        return cls(x=(keys // size)[order], n=(keys % size)[order], longest=longest[order], ends=ends)

    def heights(self, *, alpha: Array, beta: Array, gamma: Array, delta: Array) -> Array:
        """Sum over customers of ln Q at S points, (S,); each parameter is (S,).

        >>> one = np.ones(1)
        >>> passed = Silences.of(x=0 * one, t_x=0 * one, gap=one, weights=one)
        >>> np.exp(passed.heights(alpha=one, beta=one, gamma=one, delta=one))
        array([0.75])
        """
        total, silent = np.zeros(len(alpha)), np.ones((len(self.x), len(alpha)))
        x, n = self.x[:, None], self.n[:, None]
        for k, (groups, weights) in enumerate(self.ends, 1):
            m = int(np.searchsorted(-self.longest, -k, side="right"))
            silent = silent[:m]
            t = n[:m] - k
            there = (delta + t) * (beta + t - x[:m]) / (alpha + beta + t)
            silent = (gamma + there * silent) / (gamma + delta + t)
            if len(groups):
                total += weights @ np.log(silent[groups])
        return total
