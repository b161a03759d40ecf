"""Sufficient statistics of a customer base for the likelihood of BG/BB."""

from __future__ import annotations

from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgbb.trailing_nonpurchase_statistics import TrailingNonpurchases
from kundkarriar.numerics.special.rising_factorial import counts_above


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
        """Count rows of x opportunities taken of n, the last of them the t_x-th.

        >>> import numpy as np
        >>> one = np.ones(1)
        >>> counts = OpportunityStatistics.of(x=2 * one, t_x=3 * one, n=5 * one, weights=7 * one)
        >>> counts.taken, counts.not_taken, counts.alive, counts.trailing_nonpurchases.longest_gap
        (array([7., 7.]), array([7.]), array([7., 7., 7.]), array([2]))
        """
        trailing = n > t_x
        return cls(
            taken=counts_above(x, weights),
            not_taken=counts_above(t_x - x, weights),
            alive=counts_above(t_x, weights),
            trailing_nonpurchases=TrailingNonpurchases.of(
                x=x[trailing], t_x=t_x[trailing], gap=(n - t_x)[trailing], weights=weights[trailing]
            ),
        )
