"""Log-likelihoods of NBD, (M)BG/NBD and (M)BG/CNBD-k at many parameters at once, without derivatives, for posteriors.

The sums of `likelihood.total`, arranged for speed: rows in blocks that stay in the cache, one logarithm for each
distinct age, and at k = 1 the logarithm of a product instead of a sum of logarithms. Sums use einsum instead of `@`,
because on a busy machine the threads of BLAS cost many times more than the sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.bgnbd.sufficient_statistics import PurchaseStatistics
from kundkarriar.numerics.special.rising_factorial import log_sum_batch

ROWS, NUMBERS = 4096, 2**18
"""Rows of a block, and numbers in memory at once of a block times parameters."""

FACTORS = 1000
"""Numbers between 1 and 2 multiplied before a logarithm: a double holds 2^1023."""


@frozen(kw_only=True, eq=False)
class RowBlock:
    """Rows of `PurchaseStatistics`.

    Attributes:
        k: Erlang stages of a gap.
        stages: stages of the repeat purchases, (m, 1).
        T, T_index: distinct ages, (A, 1), and the position of each row's age, (m,).
        t_x, t_x_index: distinct ages at the last purchase, likewise.
        chances, chances_index: distinct numbers of dropout opportunities less one, likewise.
        weights: (m,).
        heavy: rows of a weight other than 1, (h,).
    """

    k: int
    stages: Array
    T: Array
    T_index: Whole
    t_x: Array
    t_x_index: Whole
    chances: Array
    chances_index: Whole
    weights: Array
    heavy: Whole

    @classmethod
    def of(cls, statistics: PurchaseStatistics, rows: slice) -> RowBlock:
        """The rows at `rows`."""
        T, T_index = np.unique(statistics.T[rows], return_inverse=True)
        t_x, t_x_index = np.unique(statistics.t_x[rows], return_inverse=True)
        chances, chances_index = np.unique(statistics.chances[rows] - 1.0, return_inverse=True)
        weights = statistics.weights[rows]
        return cls(
            k=statistics.k,
            stages=statistics.stages[rows, None],
            T=T[:, None],
            T_index=T_index,
            t_x=t_x[:, None],
            t_x_index=t_x_index,
            chances=chances[:, None],
            chances_index=chances_index,
            weights=weights,
            heavy=np.flatnonzero(weights != 1.0),
        )

    def log_sum(self, *, r: Array, alpha: Array, a: Array | None = None, b: Array | None = None) -> Array:
        """Sum of ln(W + odds of having dropped out) over the rows, (S,); W alone where a and b are None."""
        if a is None or b is None:
            return np.asarray(np.einsum("i,is->s", self.weights, np.log(self._alive_weight(r=r, alpha=alpha))))
        log_odds = np.log(alpha + self.T)[self.T_index]
        log_odds -= np.log(alpha + self.t_x)[self.t_x_index]
        log_odds *= r + self.stages
        log_dropout_odds = np.log(a) - np.log(b + np.maximum(self.chances, 0.0))
        log_odds += np.where(self.chances < 0, -np.inf, log_dropout_odds)[self.chances_index]
        total = np.einsum("i,is->s", self.weights, np.maximum(log_odds, 0.0))
        if self.k > 1:
            weight, ratio = self._alive_weight(r=r, alpha=alpha), np.exp(-np.abs(log_odds))
            both = np.where(log_odds > 0, 1.0 + weight * ratio, weight + ratio)
            return np.asarray(total + np.einsum("i,is->s", self.weights, np.log(both)))
        np.abs(log_odds, out=log_odds)
        np.exp(np.negative(log_odds, out=log_odds), out=log_odds)
        log_odds += 1.0
        products = np.multiply.reduceat(log_odds, np.arange(0, len(log_odds), FACTORS), axis=0)
        total += np.log(products).sum(axis=0)
        if len(self.heavy):
            total += np.einsum("i,is->s", self.weights[self.heavy] - 1.0, np.log(log_odds[self.heavy]))
        return np.asarray(total)

    def _alive_weight(self, *, r: Array, alpha: Array) -> Array:
        """W of each row, (m, S)."""
        s, T = r + self.stages, self.T[self.T_index]
        u = (T - self.t_x[self.t_x_index]) * (1 / (alpha + self.T))[self.T_index]
        weight = np.ones_like(s)
        for stage in range(self.k - 1, 0, -1):
            weight *= s + (stage - 1)
            weight *= u / stage
            weight += 1.0
        return weight


def loglik_batch_function(statistics: PurchaseStatistics, *, dropout: bool) -> Callable[..., Array]:
    """Log-likelihood of all customers without `likelihood.gap_term`, as a function of the parameters.

    It takes r, alpha and, with `dropout`, a and b, each (S,), and gives (S,). The rows are prepared once for all calls.

    >>> from kundkarriar.numerics.bgnbd.sufficient_statistics import tabulate
    >>> one = np.ones(1)
    >>> statistics = tabulate(x=2 * one, t_x=30.43 * one, T=38.86 * one, weights=one, chances=2 * one, scale=1.0)
    >>> at = {"r": np.array([0.243]), "alpha": np.array([4.414]), "a": np.array([0.793]), "b": np.array([2.426])}
    >>> loglik_batch_function(statistics, dropout=True)(**at).round(4)
    array([-9.4586])
    """
    n = len(statistics.stages) if dropout or statistics.k > 1 else 0
    blocks = [RowBlock.of(statistics, slice(i, i + ROWS)) for i in range(0, n, ROWS)]
    size = min(max(len(statistics.stages), len(statistics.ages), 1), ROWS)
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
    total = log_sum_batch(r, statistics.stages_above)
    for i in range(0, len(statistics.ages), ROWS):
        rows = slice(i, i + ROWS)
        ages = statistics.ages[rows, None]
        # r ln(alpha) of every customer is in ln(1 + T / alpha), which keeps its digits at a large alpha
        total -= np.einsum("i,is->s", statistics.age_stages[rows], np.log(alpha + ages))
        total -= r * np.einsum("i,is->s", statistics.age_n[rows], np.log1p(ages / alpha))
    if a is not None and b is not None:
        total += log_sum_batch(b, statistics.chances_above) - log_sum_batch(a + b, statistics.chances_above)
    for block in blocks:
        total += block.log_sum(r=r, alpha=alpha, a=a, b=b)
    return total
