"""Purchase rates that wander after today, so that futures scatter more than today's rates say.

The logarithm of a rate is a random walk, its standard deviation `drift` after a year, lowered so that the rate's mean
stays: exp(drift B(t) - drift^2 t / 2). Over a horizon a customer's purchases hang on the mean of that path, taken as a
lognormal of mean 1 with the exact variance of the path's mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SMALL = 1e-3
"""Below it the difference in `path_variance` cancels, and its series is exact to 1e-10."""


def path_variance(*, drift: float, years: float) -> float:
    """Variance of the mean, over `years`, of a rate that starts at 1: 2 (e^v - 1 - v) / v^2 - 1, v = drift^2 years.

    >>> round(path_variance(drift=0.3, years=1.0), 6)
    0.030687
    """
    v = drift**2 * years
    if v < SMALL:
        return v / 3 + v**2 / 12 + v**3 / 60
    return float(2 * (np.expm1(v) - v) / v**2 - 1)


def drifted(generator: Generator, purchases: Array, *, expected: Array, drift: float, years: float) -> Array:
    """Purchases of customers whose rates wandered, (n, S); in the mean as many as of those whose rates did not.

    Where a rate fell, each purchase stays with that probability; where it rose, the additional ones are Poisson: of
    Poisson purchases both are exact. Who leaves and when is not touched.

    Args:
        generator: the stream.
        purchases: counts at today's rates, (n, S).
        expected: their expectation given the same hidden state, (n, S).
        drift: standard deviation of the log rate a year from now.
        years: the horizon.

    >>> many = np.full((1, 100_000), 3.0)
    >>> moved = drifted(np.random.default_rng(1), many, expected=many, drift=0.5, years=1.0)
    >>> round(float(moved.mean()), 1), bool(moved.std() > 0.8)
    (3.0, True)
    """
    spread = np.log1p(path_variance(drift=drift, years=years))
    factor = np.exp(np.sqrt(spread) * generator.standard_normal(purchases.shape) - spread / 2)
    kept = generator.binomial(np.rint(purchases).astype(np.int64), np.minimum(factor, 1.0))
    return np.asarray(kept + generator.poisson(np.maximum(factor - 1.0, 0.0) * expected), dtype=float)
