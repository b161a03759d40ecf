"""Customers who never move: each buys at a rate of their own for good, and rates differ by a gamma.

The rule that a chain of states has to beat: it knows every customer's mean and no change. Counts of T months sum to x;
the next month's is negative binomial with size r + x and mean (r + x) / (alpha + T).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import digamma, gammaln

from kundkarriar.numerics.optimize.bfgs import climb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EDGE = 8.0
STEPS = 200


def fit_rates(*, x: Array, T: Array) -> tuple[float, float]:
    """Shape r and rate alpha of the gamma, by maximum likelihood.

    Args:
        x: purchases of each customer, (n,).
        T: months of each, (n,).

    >>> generator = np.random.default_rng(0)
    >>> x = generator.poisson(10 * generator.gamma(2.0, 1 / 4.0, 5000)).astype(float)
    >>> r, alpha = fit_rates(x=x, T=np.full(5000, 10.0))
    >>> round(r, 1), round(alpha, 1)
    (2.0, 4.0)
    """

    def surface(theta: Array) -> tuple[float, Array]:
        r, alpha = np.exp(theta)
        height = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
        in_r = digamma(r + x) - digamma(r) + np.log(alpha) - np.log(alpha + T)
        in_alpha = r / alpha - (r + x) / (alpha + T)
        return float(height.mean()), np.array([r * in_r.mean(), alpha * in_alpha.mean()])

    low, high = np.full(2, -EDGE), np.full(2, EDGE)
    start = np.array([0.0, -np.log(max(float(x.sum() / T.sum()), 1e-3))])
    r, alpha = np.exp(climb(surface, start, low=low, high=high, steps=STEPS, flat=1e-8)[0])
    return float(r), float(alpha)
