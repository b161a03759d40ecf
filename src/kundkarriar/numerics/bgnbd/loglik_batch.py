"""Log-likelihoods of NBD, (M)BG/NBD and (M)BG/CNBD-k at many parameters at once, without derivatives, for posteriors.

The sums of `likelihood.total`, arranged for speed: rows in blocks that stay in the cache, one logarithm for each
distinct age, and at k = 1 the logarithm of a product instead of a sum of logarithms. Sums use einsum instead of `@`,
because on a busy machine the threads of BLAS cost many times more than the sums.
"""

from collections.abc import Callable, Sequence

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgnbd.sufficient_statistics import PurchaseStatistics
from kundkarriar.numerics.special.rising_factorial import log_sum_batch

ROWS, NUMBERS = 4096, 2**18
"""Rows of a block, and numbers in memory at once of a block times parameters."""

FACTORS = 1000
"""Numbers between 1 and 2 multiplied before a logarithm: a double holds 2^1023."""


def _row_sum_function(statistics: PurchaseStatistics, rows: slice) -> Callable[..., Array]:
    """Sum of ln(W + odds of having dropped out) over a block of rows, of parameters (S,); W alone without a and b.

    Each distinct age, age at the last purchase, and number of opportunities is one logarithm.
    """
    k, stages, weights = statistics.k, statistics.stages[rows, None], statistics.weights[rows]
    ages, age = np.unique(statistics.T[rows], return_inverse=True)
    last_ages, last_age = np.unique(statistics.t_x[rows], return_inverse=True)
    chances, chance = np.unique(statistics.chances[rows], return_inverse=True)
    ages, last_ages, chances = ages[:, None], last_ages[:, None], chances[:, None]
    heavy = np.flatnonzero(weights != 1.0)

    def weighted(values: Array, some: Array = weights) -> Array:
        return np.asarray(np.einsum("i,is->s", some, values))

    def alive_weight(r: Array, alpha: Array) -> Array:
        s, u = r + stages, (1 / (alpha + ages))[age]
        u *= ages[age] - last_ages[last_age]
        weight = np.ones_like(s)
        for stage in range(k - 1, 0, -1):
            weight *= u
            weight *= (s + (stage - 1)) / stage
            weight += 1.0
        return weight

    def at(*, r: Array, alpha: Array, a: Array | None = None, b: Array | None = None) -> Array:
        if a is None or b is None:
            return weighted(np.log(alive_weight(r, alpha)))
        log_odds = np.log(alpha + ages)[age]
        log_odds -= np.log(alpha + last_ages)[last_age]
        log_odds *= r + stages
        log_dropout_odds = np.log(a) - np.log(b + np.maximum(chances - 1.0, 0.0))
        log_odds += np.where(chances > 0, log_dropout_odds, -np.inf)[chance]
        high = np.maximum(log_odds, 0.0)
        total = weighted(high)
        if k > 1:
            return total + weighted(np.log(alive_weight(r, alpha) * np.exp(-high) + np.exp(log_odds - high)))
        np.abs(log_odds, out=log_odds)
        np.exp(np.negative(log_odds, out=log_odds), out=log_odds)
        log_odds += 1.0
        products = np.multiply.reduceat(log_odds, np.arange(0, len(log_odds), FACTORS), axis=0)
        total += np.log(products).sum(axis=0)
        return total + weighted(np.log(log_odds[heavy]), weights[heavy] - 1.0) if len(heavy) else total

    return at


def loglik_batch_function(statistics: PurchaseStatistics, *, dropout: bool) -> Callable[..., Array]:
    """Log-likelihood of all customers without `likelihood.gap_term`, as a function of the parameters.

    It takes r, alpha and, with `dropout`, a and b, each (S,), and gives (S,). The rows are prepared once for all calls.
    """
    n = len(statistics.stages) if dropout or statistics.k > 1 else 0
    row_sums = [_row_sum_function(statistics, slice(i, i + ROWS)) for i in range(0, n, ROWS)]
    size = min(max(len(statistics.stages), len(statistics.ages), 1), ROWS)
    batch = max(NUMBERS // size, 1)

    def at(**parameters: Array) -> Array:
        count = len(parameters["r"])
        parts = [
            _log_likelihood(
                statistics, row_sums, **{name: values[i : i + batch] for name, values in parameters.items()}
            )
            for i in range(0, count, batch)
        ]
        return np.concatenate([*parts, np.empty(0)])

    return at


def _log_likelihood(
    statistics: PurchaseStatistics,
    row_sums: Sequence[Callable[..., Array]],
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
    for row_sum in row_sums:
        total += row_sum(r=r, alpha=alpha, a=a, b=b)
    return total
