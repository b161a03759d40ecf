"""Leaving after a purchase, with a chance that differs by a beta: what BG/NBD and MBG/NBD share.

A customer who has had `chances` occasions to leave is alive with odds
    (b + chances - 1) / a x ((alpha + t_x) / (alpha + T))^(r + x),
and cannot have left where there was no occasion. Occasions are the x repeat purchases in BG/NBD, and the
first purchase besides in MBG/NBD. All powers are taken in logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.numerics.poisson_beta import nbd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.numerics.poisson_beta.statistics import PurchaseTable

    Array = NDArray[np.float64]


BLOCK = 8192
"""Rows summed at once: few enough to stay in the cache, and for BLAS to sum them on one thread."""


def log_likelihood(*, x: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any) -> Array:
    """Log-likelihood of each history, (n,): alive and silent until now, or gone at the last purchase.

    Each of the two by itself: the first times the odds of the second would multiply e^-1e7 by e^1e7 where r is huge.
    """
    alive, left = (-x * np.log(alpha + t) - r * np.log1p(t / alpha) for t in (T, t_x))
    left = np.where(chances > 0, left + np.log(a) - np.log(b + np.maximum(chances - 1.0, 0.0)), -np.inf)
    stayed = nbd.log_rising(b, chances) - nbd.log_rising(a + b, chances)
    either = np.maximum(alive, left) + np.log1p(np.exp(-np.abs(alive - left)))
    return np.asarray(nbd.log_rising(r, x) + stayed + either)


def log_p_alive(*, x: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any) -> Array:
    """Log of the probability of being alive now; parameters may be arrays that broadcast with the rows."""
    left = log_odds_left(x=x, t_x=t_x, T=T, chances=chances, r=r, alpha=alpha, a=a, b=b)
    return -log_one_plus(left)


def log_one_plus(log_odds: Array) -> Array:
    """ln(1 + odds) of log odds, which may be minus infinity: logaddexp(0, .), in a quarter of its time."""
    small = np.exp(-np.abs(log_odds))
    return np.asarray(np.maximum(log_odds, 0.0) + np.log1p(small))


def log_odds_left(*, x: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any) -> Array:
    """Log odds of having left after the last purchase; minus infinity where there was no chance to.

    b + (chances - 1), never (b + chances) - 1: for a tiny b the latter is exactly 0 at the first chance.
    """
    silence = np.log1p((T - t_x) / (alpha + t_x))
    odds = np.log(a) - np.log(b + np.maximum(chances - 1.0, 0.0)) + (r + x) * silence
    return np.where(chances > 0, odds, -np.inf)


def total(table: PurchaseTable, *, r: float, alpha: float, a: float, b: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers, its gradient (4,) and Hessian (4, 4), in (r, alpha, a, b)."""
    gradient, hessian = np.zeros(4), np.zeros((4, 4))
    value, gradient[:2], hessian[:2, :2] = nbd.total(table, r=r, alpha=alpha)
    j = np.arange(len(table.risks))
    log_b, over_b, over_k = np.log(b + j), 1 / (b + j), 1 / (a + b + j)
    value += table.risks @ (log_b - np.log(a + b + j))
    gradient[2:] += (-(table.risks @ over_k), table.risks @ (over_b - over_k))
    hessian[2:, 2:] += table.risks @ over_k**2
    hessian[3, 3] -= table.risks @ over_b**2
    left = _left_total(table, r=r, alpha=alpha, a=a, log_b=log_b, over_b=over_b)
    return float(value + left[0]), gradient + left[1], hessian + left[2]


def _left_total(
    table: PurchaseTable, *, r: float, alpha: float, a: float, log_b: Array, over_b: Array
) -> tuple[float, Array, Array]:
    """Sum of ln(1 + odds of having left) over the rows that may have, with its derivatives."""
    value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
    odds_of_one = np.log(a) - log_b
    for first in range(0, len(table.x), BLOCK):
        rows = slice(first, first + BLOCK)
        last, weights = table.chances[rows] - 1, table.weights[rows]
        late, early = 1 / (alpha + table.T[rows]), 1 / (alpha + table.t_x[rows])
        silent = (table.T[rows] - table.t_x[rows]) * early
        purchases, closer = r + table.x[rows], -silent * late
        silence = np.log1p(silent)
        slopes = np.stack([silence, purchases * closer, np.full(len(last), 1 / a), -over_b[last]])
        odds = purchases * silence + odds_of_one[last]
        low = np.minimum(odds, 0.0)
        small = np.exp(-np.abs(odds))
        share = np.exp(low) / (1 + small)
        left = weights * share
        value += float(weights @ (odds - low + np.log1p(small)))
        gradient += slopes @ left
        hessian += (slopes * (left * (1.0 - share))) @ slopes.T
        both = left @ closer
        hessian[0, 1] += both
        hessian[1, 0] += both
        hessian[1, 1] -= (left * slopes[1]) @ (early + late)
        hessian[2, 2] -= left.sum() / a**2
        hessian[3, 3] += left @ over_b[last] ** 2
    return value, gradient, hessian
