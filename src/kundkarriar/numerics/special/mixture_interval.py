"""Mean and central interval of mixtures of gammas and of betas, one mixture a row.

A quantile lies between those of a gamma (beta) below and one above all components in stochastic order. Within these
bounds it is found by regula falsi on the log odds of the distribution function over the logarithm of the value, which
are nearly straight: some five evaluations give twelve digits, where bisection takes forty.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import betainc, betaincinv, gammainc, gammaincinv, logit

from kundkarriar.arrays import Array, Whole

SMALLEST, CLOSEST = 1e-300, 2.0**-53
"""Probabilities are taken to lie between 1e-300 and 1 - 2^-53, and quantiles to be at least 1e-300."""
TOLERANCE = 1e-12
"""Of the log odds, and of the logarithm of a quantile."""
MOST_STEPS = 200
HALVE = 8
"""Every eighth step halves the bracket, wherever the log odds bend."""


def gamma_mixture(weights: Array, *, shape: Any, rate: Any, level: float) -> tuple[Array, Array, Array]:
    """Mean and ends of the central interval of probability `level`, each (n,).

    `weights` (n, m) sum to 1 in each row; `shape` and `rate` of the gammas broadcast with them.

    >>> two = gamma_mixture(np.array([[0.5, 0.5]]), shape=np.ones((1, 2)), rate=np.array([[1.0, 2.0]]), level=0.9)
    >>> [float(each[0].round(4)) for each in two]
    [0.75, 0.0343, 2.3902]
    """
    shape, rate = (np.broadcast_to(each, weights.shape) for each in (shape, rate))
    mean = (weights * shape / rate).sum(axis=1)

    def cdf(value: Array, rows: Whole) -> Array:
        return np.asarray((weights[rows] * gammainc(shape[rows], value[:, None] * rate[rows])).sum(axis=1))

    def below_and_above(share: float) -> tuple[Array, Array]:
        low = gammaincinv(shape.min(axis=1), share) / rate.max(axis=1)
        return low, gammaincinv(shape.max(axis=1), share) / rate.min(axis=1)

    return mean, *_ends(cdf, below_and_above, level=level)


def beta_mixture(weights: Array, *, a: Any, b: Any, level: float) -> tuple[Array, Array, Array]:
    """Mean and ends of the central interval of probability `level`, each (n,); `a` and `b` are of the betas.

    >>> one = beta_mixture(np.ones((1, 1)), a=1.0, b=1.0, level=0.9)
    >>> [float(each[0].round(9)) for each in one]
    [0.5, 0.05, 0.95]
    """
    a, b = (np.broadcast_to(each, weights.shape) for each in (a, b))
    mean = (weights * a / (a + b)).sum(axis=1)

    def cdf(value: Array, rows: Whole) -> Array:
        return np.asarray((weights[rows] * betainc(a[rows], b[rows], value[:, None])).sum(axis=1))

    def below_and_above(share: float) -> tuple[Array, Array]:
        low = betaincinv(a.min(axis=1), b.max(axis=1), share)
        return low, betaincinv(a.max(axis=1), b.min(axis=1), share)

    return mean, *_ends(cdf, below_and_above, level=level)


def _ends(
    cdf: Callable[[Array, Whole], Array], below_and_above: Callable[[float], tuple[Array, Array]], *, level: float
) -> tuple[Array, Array]:
    tail = max(0.5 * (1.0 - level), CLOSEST)
    low, high = (_quantile(cdf, *below_and_above(share), share=share) for share in (tail, 1.0 - tail))
    return low, np.maximum(low, high)  # within the tolerance both may be one value, as next to a probability of 1


def _quantile(cdf: Callable[[Array, Whole], Array], low: Array, high: Array, *, share: float) -> Array:
    """Value at which `cdf` is `share` in each row, (n,), between `low` and `high`."""
    target = logit(share)

    def excess(log_value: Array, rows: Whole) -> Array:
        return np.asarray(logit(np.clip(cdf(np.exp(log_value), rows), SMALLEST, 1.0 - CLOSEST)) - target)

    left, right = (np.log(np.maximum(end, SMALLEST)) for end in (low, high))
    rows = np.arange(len(left))
    at_left, at_right = np.minimum(excess(left, rows), 0.0), np.maximum(excess(right, rows), 0.0)
    answer = np.where(at_left == 0.0, left, right)
    rows, moved = np.flatnonzero((at_left < 0.0) & (at_right > 0.0)), np.zeros(len(left))
    for step in range(MOST_STEPS):
        if not len(rows):
            break
        start, end, below, above = left[rows], right[rows], at_left[rows], at_right[rows]
        halved = step % HALVE == HALVE - 1
        here = 0.5 * (start + end) if halved else start - below * (end - start) / (above - below)
        answer[rows] = here
        found = excess(here, rows)
        side = np.where(found < 0.0, -1.0, 1.0)
        # an end that stays twice running counts half, or it would never move (Illinois)
        stays = np.where(side == moved[rows], 0.5, 1.0)
        left[rows], right[rows] = np.where(side < 0, here, start), np.where(side < 0, end, here)
        at_left[rows], at_right[rows] = (
            np.where(side < 0, found, stays * below),
            np.where(side < 0, stays * above, found),
        )
        moved[rows] = side
        rows = rows[(np.abs(found) > TOLERANCE) & (right[rows] - left[rows] > TOLERANCE)]
    return np.exp(answer)
