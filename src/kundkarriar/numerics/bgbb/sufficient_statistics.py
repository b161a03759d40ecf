"""Sufficient statistics of a customer base for the likelihood of BG/BB: counts, and grouped trailing nonpurchases.

The summed log probability of the trailing nonpurchases is computed with gradient and Hessian for fits, or at many
parameter vectors at once for posteriors. Probabilities of single customers are in `trailing_nonpurchase.py`.

Q(t) is the probability of no purchase after opportunity t, given alive at t. It is computed backwards from the last
opportunity n, where Q = 1, to the last one taken, t_x:

    Q(t) = gamma / (gamma + delta + t)
           + (delta + t) / (gamma + delta + t) x (beta + t - x) / (alpha + beta + t) x Q(t + 1):

the customer drops out before the next opportunity, or is alive, does not buy, and buys at none of the later ones.
Customers with the same x and n share one recursion, whatever their t_x. It takes at most n steps for a whole group.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.special.rising_factorial import counts_above


@frozen(kw_only=True, eq=False)
class TrailingNonpurchases:
    """Groups of customers with the same x and n, in falling order of their longest trailing nonpurchase.

    Attributes:
        x, n: opportunities taken and observed, (G,).
        longest_gap: opportunities of the longest trailing nonpurchase in each group, (G,).
        ends: customers by the length of their trailing nonpurchase, 1, 2, ... opportunities: positions of their groups,
            and their weights.
    """

    x: Array
    n: Array
    longest_gap: Whole
    ends: tuple[tuple[Whole, Array], ...]

    @classmethod
    def of(cls, *, x: Array, t_x: Array, gap: Array, weights: Array) -> TrailingNonpurchases:
        """Group rows, each with a trailing nonpurchase of `gap` >= 1 opportunities, (m,)."""
        size = float((t_x + gap).max(initial=0.0)) + 1
        keys, group = np.unique(x * size + t_x + gap, return_inverse=True)
        longest_gap = np.zeros(len(keys), np.int64)
        np.maximum.at(longest_gap, group, gap.astype(np.int64))
        order = np.argsort(-longest_gap, kind="stable")
        place = np.argsort(order, kind="stable")[group]
        by_gap = np.argsort(gap, kind="stable")
        cuts = np.searchsorted(gap[by_gap], np.arange(1, int(longest_gap.max(initial=0)) + 2))
        ends = tuple((place[by_gap[first:last]], weights[by_gap[first:last]]) for first, last in pairwise(cuts))
        return cls(x=(keys // size)[order], n=(keys % size)[order], longest_gap=longest_gap[order], ends=ends)

    def loglik_batch(self, *, alpha: Array, beta: Array, gamma: Array, delta: Array) -> Array:
        """Sum over customers of ln Q at each of S parameter vectors, (S,); each parameter is (S,)."""
        total, Q = np.zeros(len(alpha)), np.ones((len(self.x), len(alpha)))
        x, n = self.x[:, None], self.n[:, None]
        for k, (groups, weights) in enumerate(self.ends, 1):
            m = self._groups_reaching(k)
            Q = Q[:m]
            t = n[:m] - k
            alive = (delta + t) * (beta + t - x[:m]) / (alpha + beta + t)
            Q = (gamma + alive * Q) / (gamma + delta + t)
            if len(groups):
                total += weights @ np.log(Q[groups])
        return total

    def total(self, *, alpha: float, beta: float, gamma: float, delta: float) -> tuple[float, Array, Array]:
        """Sum over customers of ln Q, with gradient (4,) and Hessian (4, 4) in (alpha, beta, gamma, delta).

        Q(t) is a sum of two terms. The gradient of ln Q is the mean of the gradients of their logs, weighted by their
        shares of Q, and the Hessian is the mean of the Hessians plus the covariance of the gradients. Nothing
        overflows.
        """
        value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        Q = np.ones(len(self.x))
        first, second = np.zeros((4, len(self.x))), np.zeros((4, 4, len(self.x)))
        for k, (groups, weights) in enumerate(self.ends, 1):
            m = self._groups_reaching(k)
            t = self.n[:m] - k
            u, v, s, d = 1 / (alpha + beta + t), 1 / (beta + t - self.x[:m]), 1 / (gamma + delta + t), 1 / (delta + t)
            dropout, alive = gamma * s, Q[:m] * (u / v) * (s / d)
            Q = dropout + alive
            dropout, alive = dropout / Q, alive / Q
            first, second = first[:, :m], second[:, :, :m]
            first += (-u, v - u, -s, d - s)  # now the gradient of the alive term's log
            difference = -first  # of the gradients of the two terms' logs: dropout less alive
            difference[2:] -= s
            difference[2] += 1 / gamma
            first += dropout * difference
            second *= alive
            second[:2, :2] += alive * u**2
            second[1, 1] -= alive * v**2
            second[2:, 2:] += s**2
            second[2, 2] -= dropout / gamma**2
            second[3, 3] -= alive * d**2
            second += (dropout * alive) * (difference[:, None] * difference[None])
            if len(groups):
                value += float(weights @ np.log(Q[groups]))
                gradient += first[:, groups] @ weights
                hessian += second[:, :, groups] @ weights
        return value, gradient, hessian

    def _groups_reaching(self, k: int) -> int:
        """Number of groups with a trailing nonpurchase of k opportunities or more."""
        return int(np.searchsorted(-self.longest_gap, -k, side="right"))


@frozen(kw_only=True, eq=False)
class OpportunityStatistics:
    """A customer base as counts, and its trailing nonpurchases.

    Attributes:
        taken: customers with more than j opportunities taken, j = 0, 1, ....
        not_taken: customers with more than j opportunities not taken before the last one taken.
        alive: customers with more than j opportunities up to the last one taken, at which they were alive.
        trailing_nonpurchases: customers with opportunities not taken after the last one taken, in groups.
    """

    taken: Array
    not_taken: Array
    alive: Array
    trailing_nonpurchases: TrailingNonpurchases

    @classmethod
    def of(cls, *, x: Array, t_x: Array, n: Array, weights: Array) -> OpportunityStatistics:
        """Count rows of x opportunities taken of n, the last of them the t_x-th."""
        trailing = n > t_x
        return cls(
            taken=counts_above(x, weights),
            not_taken=counts_above(t_x - x, weights),
            alive=counts_above(t_x, weights),
            trailing_nonpurchases=TrailingNonpurchases.of(
                x=x[trailing], t_x=t_x[trailing], gap=(n - t_x)[trailing], weights=weights[trailing]
            ),
        )
