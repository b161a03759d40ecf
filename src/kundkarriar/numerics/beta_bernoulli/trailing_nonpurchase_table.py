"""The silences of a customer base: their likelihood with derivatives, or under many parameters at once.

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
            m = self._still(k)
            silent = silent[:m]
            t = n[:m] - k
            there = (delta + t) * (beta + t - x[:m]) / (alpha + beta + t)
            silent = (gamma + there * silent) / (gamma + delta + t)
            if len(groups):
                total += weights @ np.log(silent[groups])
        return total

    def total(self, *, alpha: float, beta: float, gamma: float, delta: float) -> tuple[float, Array, Array]:
        """The same at one point, with gradient (4,) and Hessian (4, 4) in (alpha, beta, gamma, delta).

        Q(t) mixes two terms whose logs have slopes and curvatures of their own: the slope of its log is their mean, and
        its curvature the mean of theirs and the variance of their slopes. Nothing overflows.
        """
        value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        silent = np.ones(len(self.x))
        slopes, bends = np.zeros((4, len(self.x))), np.zeros((4, 4, len(self.x)))
        for k, (groups, weights) in enumerate(self.ends, 1):
            m = self._still(k)
            t = self.n[:m] - k
            u, v, s, d = 1 / (alpha + beta + t), 1 / (beta + t - self.x[:m]), 1 / (gamma + delta + t), 1 / (delta + t)
            leaves, stays = gamma * s, silent[:m] * (u / v) * (s / d)
            silent = leaves + stays
            leaves, stays = leaves / silent, stays / silent
            slopes, bends = slopes[:, :m], bends[:, :, :m]
            slopes += (-u, v - u, -s, d - s)  # now of staying
            apart = -slopes  # how much steeper leaving is
            apart[2:] -= s
            apart[2] += 1 / gamma
            slopes += leaves * apart
            bends *= stays
            bends[:2, :2] += stays * u**2
            bends[1, 1] -= stays * v**2
            bends[2:, 2:] += s**2
            bends[2, 2] -= leaves / gamma**2
            bends[3, 3] -= stays * d**2
            bends += (leaves * stays) * (apart[:, None] * apart[None])
            if len(groups):
                value += float(weights @ np.log(silent[groups]))
                gradient += slopes[:, groups] @ weights
                hessian += bends[:, :, groups] @ weights
        return value, gradient, hessian

    def _still(self, k: int) -> int:
        """How many groups have a silence of k opportunities or more."""
        return int(np.searchsorted(-self.longest, -k, side="right"))
