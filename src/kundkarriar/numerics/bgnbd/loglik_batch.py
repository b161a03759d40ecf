"""Log-likelihoods of NBD, BG/NBD and MBG/NBD at many parameters at once, without derivatives, for posteriors.

The sums of `likelihood.total` and `nbd.total`, arranged for speed: rows in blocks that stay in the cache, one logarithm
for each distinct age, and the logarithm of a product instead of a sum of logarithms. Sums use einsum instead of `@`,
because on a busy machine the threads of BLAS cost many times more than the sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.bgnbd.sufficient_statistics import PurchaseStatistics
from kundkarriar.numerics.special.rising_factorial import log_sum_batch

Positions = Whole

ROWS, NUMBERS = 4096, 2**18
"""Rows of a block, and numbers in memory at once of a block times parameters."""

FACTORS = 1000
"""Numbers between 1 and 2 multiplied before a logarithm: a double holds 2^1023."""


@frozen(kw_only=True, eq=False)
class RowBlock:
    """Rows with a dropout opportunity.

    Attributes:
        x: repeat purchases, (m, 1).
        T, T_index: distinct ages, (A, 1), and the position of each row's age, (m,).
        t_x, t_x_index: distinct ages at the last purchase, likewise.
        chances, chances_index: distinct numbers of dropout opportunities less one, likewise.
        weights: (m,).
        heavy: rows of a weight other than 1, (h,).
    """

    x: Array
    T: Array
    T_index: Positions
    t_x: Array
    t_x_index: Positions
    chances: Array
    chances_index: Positions
    weights: Array
    heavy: Positions

    @classmethod
    def of(cls, statistics: PurchaseStatistics, rows: slice) -> RowBlock:
        """The rows at `rows`."""
        T, T_index = np.unique(statistics.T[rows], return_inverse=True)
        t_x, t_x_index = np.unique(statistics.t_x[rows], return_inverse=True)
        chances, chances_index = np.unique(statistics.chances[rows] - 1.0, return_inverse=True)
        weights = statistics.weights[rows]
        return cls(
            x=statistics.x[rows, None],
            T=T[:, None],
            T_index=T_index,
            t_x=t_x[:, None],
            t_x_index=t_x_index,
            chances=chances[:, None],
            chances_index=chances_index,
            weights=weights,
            heavy=np.flatnonzero(weights != 1.0),
        )

    def softplus_sum(self, *, r: Array, alpha: Array, a: Array, b: Array) -> Array:
        """Sum of ln(1 + odds of having dropped out) over the rows, (S,)."""
        log_odds = np.log(alpha + self.T)[self.T_index]
        log_odds -= np.log(alpha + self.t_x)[self.t_x_index]
        log_odds *= r + self.x
        log_odds += (np.log(a) - np.log(b + self.chances))[self.chances_index]
        total = np.einsum("i,is->s", self.weights, np.maximum(log_odds, 0.0))
        np.abs(log_odds, out=log_odds)
        np.exp(np.negative(log_odds, out=log_odds), out=log_odds)
        log_odds += 1.0
        products = np.multiply.reduceat(log_odds, np.arange(0, len(log_odds), FACTORS), axis=0)
        total += np.log(products).sum(axis=0)
        if len(self.heavy):
            total += np.einsum("i,is->s", self.weights[self.heavy] - 1.0, np.log(log_odds[self.heavy]))
        return np.asarray(total)


def loglik_batch_function(statistics: PurchaseStatistics, *, dropout: bool) -> Callable[..., Array]:
    """Log-likelihood of all customers as a function of r, alpha and, with `dropout`, a and b, each (S,), to (S,).

    The rows are prepared once for all calls.

    >>> from kundkarriar.numerics.bgnbd.sufficient_statistics import tabulate
    >>> one = np.ones(1)
    >>> statistics = tabulate(x=2 * one, t_x=30.43 * one, T=38.86 * one, weights=one, chances=2 * one, scale=1.0)
    >>> at = {"r": np.array([0.243]), "alpha": np.array([4.414]), "a": np.array([0.793]), "b": np.array([2.426])}
    >>> loglik_batch_function(statistics, dropout=True)(**at).round(4)
    array([-9.4586])
    """
    blocks = [RowBlock.of(statistics, slice(i, i + ROWS)) for i in range(0, len(statistics.x), ROWS)] if dropout else []
    size = min(max(len(statistics.x), len(statistics.ages), 1), ROWS)
    batch = max(NUMBERS // size, 1)

    def at(**parameters: Array) -> Array:
        count = len(parameters["r"])
        parts = [
            _log_likelihood(statistics, blocks, **{name: values[i : i + batch] for name, values in parameters.items()})
            for i in range(0, count, batch)
        ]
        return np.concatenate([*parts, np.empty(0)])

    return at


def _log_likelihood(
    statistics: PurchaseStatistics,
    blocks: Sequence[RowBlock],
    *,
    r: Array,
    alpha: Array,
    a: Array | None = None,
    b: Array | None = None,
) -> Array:
    """Log-likelihoods at parameters (S,) whose arrays fit in memory, (S,)."""
    total = log_sum_batch(r, statistics.x_above)
    for i in range(0, len(statistics.ages), ROWS):
        rows = slice(i, i + ROWS)
        ages = statistics.ages[rows, None]
        # r ln(alpha) of every customer is in ln(1 + T / alpha), which keeps its digits at a large alpha
        total -= np.einsum("i,is->s", statistics.age_x[rows], np.log(alpha + ages))
        total -= r * np.einsum("i,is->s", statistics.age_n[rows], np.log1p(ages / alpha))
    if a is None or b is None:
        return total
    total += log_sum_batch(b, statistics.chances_above) - log_sum_batch(a + b, statistics.chances_above)
    for block in blocks:
        total += block.softplus_sum(r=r, alpha=alpha, a=a, b=b)
    return total
