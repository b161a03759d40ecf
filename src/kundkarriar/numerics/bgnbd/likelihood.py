"""Likelihood of BG/NBD and MBG/NBD: NBD with beta-geometric dropout after purchases.

With `chances` dropout opportunities (`dropout_opportunities`) the odds of being alive are
    (b + chances - 1) / a x ((alpha + t_x) / (alpha + T))^(r + x);
without one the customer is alive. All powers are taken in logs. BG/NBD: Fader, Hardie & Lee (2005), "Counting your
customers the easy way: an alternative to the Pareto/NBD model", Marketing Science 24(2), eqs. 6 and 10. MBG/NBD:
Batislam, Denizel & Filiztekin (2007), International Journal of Research in Marketing 24(3).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgnbd import nbd
from kundkarriar.numerics.bgnbd.sufficient_statistics import PurchaseStatistics
from kundkarriar.numerics.optimize.forward_mode import logaddexp
from kundkarriar.numerics.special.rising_factorial import log_rising_factorial

BLOCK = 8192
"""Rows summed at once: few enough for the cache, and for BLAS to use one thread."""


def log_likelihood(*, x: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any) -> Any:
    """Log-likelihood of each history, (n,): of a customer who is alive, or dropped out at the last purchase.

    The two terms are computed separately: the first times the odds of the second would be e^-1e7 x e^1e7 at a huge r.
    Parameters may be arrays that broadcast with the rows, or differentiable (`optimize.forward_mode`).

    >>> someone = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> log_likelihood(**someone, chances=np.array([2.0]), r=0.243, alpha=4.414, a=0.793, b=2.426).round(4)
    array([-9.4586])
    """
    alive, inactive = (-x * np.log(alpha + t) - r * np.log1p(t / alpha) for t in (T, t_x))
    inactive = np.where(chances > 0, inactive + np.log(a) - np.log(b + np.maximum(chances - 1.0, 0.0)), -np.inf)
    survival = log_rising_factorial(b, chances) - log_rising_factorial(a + b, chances)
    return log_rising_factorial(r, x) + survival + logaddexp(alive, inactive)


def softplus(log_odds: Array) -> Array:
    """ln(1 + odds) of log odds, which may be minus infinity; four times as fast as np.logaddexp(0, log_odds)."""
    ratio = np.exp(-np.abs(log_odds))
    return np.asarray(np.maximum(log_odds, 0.0) + np.log1p(ratio))


def log_odds_inactive(*, x: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any) -> Array:
    """Log odds of having dropped out at the last purchase; minus infinity where there was no opportunity.

    b + (chances - 1), never (b + chances) - 1: for a tiny b the latter is exactly 0 at the first opportunity.
    """
    log_ratio = np.log1p((T - t_x) / (alpha + t_x))
    log_odds = np.log(a) - np.log(b + np.maximum(chances - 1.0, 0.0)) + (r + x) * log_ratio
    return np.where(chances > 0, log_odds, -np.inf)


def total(statistics: PurchaseStatistics, *, r: float, alpha: float, a: float, b: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers with its gradient (4,) and Hessian (4, 4), in (r, alpha, a, b)."""
    value, gradient, hessian = total_of_survivors(statistics, r=r, alpha=alpha, a=a, b=b)
    inactive = _inactive_total(statistics, r=r, alpha=alpha, a=a, b=b)
    return value + inactive[0], gradient + inactive[1], hessian + inactive[2]


def total_of_survivors(
    statistics: PurchaseStatistics, *, r: float, alpha: float, a: float, b: float
) -> tuple[float, Array, Array]:
    """The same if no customer had dropped out at the last of their opportunities: `nbd.total`, and all survivals.

    Survivals are sums of ln((b + j) / (a + b + j)) term by term: at a large b, two log rising factorials cancel.
    """
    gradient, hessian = np.zeros(4), np.zeros((4, 4))
    value, gradient[:2], hessian[:2, :2] = nbd.total(statistics, r=r, alpha=alpha)
    j, above = np.arange(len(statistics.chances_above)), statistics.chances_above
    over_b, over_ab = 1 / (b + j), 1 / (a + b + j)
    value += float(above @ (np.log(b + j) - np.log(a + b + j)))
    gradient[2:] += (-(above @ over_ab), above @ (over_b - over_ab))
    hessian[2:, 2:] += above @ over_ab**2
    hessian[3, 3] -= above @ over_b**2
    return value, gradient, hessian


def _inactive_total(
    statistics: PurchaseStatistics, *, r: float, alpha: float, a: float, b: float
) -> tuple[float, Array, Array]:
    """Sum of ln(1 + odds of having dropped out) over the rows with an opportunity, with its derivatives."""
    value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
    before_last = b + np.arange(len(statistics.chances_above))
    log_dropout_odds, over_b = np.log(a) - np.log(before_last), 1 / before_last
    for first in range(0, len(statistics.x), BLOCK):
        rows = slice(first, first + BLOCK)
        last, weights = statistics.chances[rows] - 1, statistics.weights[rows]
        late, early = 1 / (alpha + statistics.T[rows]), 1 / (alpha + statistics.t_x[rows])
        relative = (statistics.T[rows] - statistics.t_x[rows]) * early
        purchases, log_ratio_alpha = r + statistics.x[rows], -relative * late
        log_ratio = np.log1p(relative)
        derivatives = np.stack([log_ratio, purchases * log_ratio_alpha, np.full(len(last), 1 / a), -over_b[last]])
        log_odds = purchases * log_ratio + log_dropout_odds[last]
        low = np.minimum(log_odds, 0.0)
        ratio = np.exp(-np.abs(log_odds))
        share = np.exp(low) / (1 + ratio)
        inactive = weights * share
        value += float(weights @ (log_odds - low + np.log1p(ratio)))
        gradient += derivatives @ inactive
        hessian += (derivatives * (inactive * (1.0 - share))) @ derivatives.T
        cross = inactive @ log_ratio_alpha
        hessian[0, 1] += cross
        hessian[1, 0] += cross
        hessian[1, 1] -= (inactive * derivatives[1]) @ (early + late)
        hessian[2, 2] -= inactive.sum() / a**2
        hessian[3, 3] += inactive @ over_b[last] ** 2
    return value, gradient, hessian
