"""Beta-binomial model of purchases at discrete opportunities: BG/BB without dropout."""

from typing import TypeAlias

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special import rising_factorial

BetaBinomialStatistics: TypeAlias = tuple[Array, Array, Array]


def tabulate(*, x: Array, n: Array, weights: Array) -> BetaBinomialStatistics:
    """Customers with more than j opportunities taken, not taken, and observed, j = 0, 1, ....

    >>> tabulate(x=np.array([1.0]), n=np.array([3.0]), weights=np.array([2.0]))
    (array([2.]), array([2., 2.]), array([2., 2., 2.]))
    """
    above = rising_factorial.counts_above
    return above(x, weights), above(n - x, weights), above(n, weights)


def total(statistics: BetaBinomialStatistics, *, alpha: float, beta: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers' sequences, its gradient (2,) and Hessian (2, 2), in (alpha, beta)."""
    bases = (alpha, beta, alpha + beta)
    taken, not_taken, observed = (
        rising_factorial.log_sum(base, above) for base, above in zip(bases, statistics, strict=True)
    )
    gradient = np.array([taken[1], not_taken[1]]) - observed[1]
    hessian = np.diag([taken[2], not_taken[2]]) - observed[2]
    return taken[0] + not_taken[0] - observed[0], gradient, hessian
