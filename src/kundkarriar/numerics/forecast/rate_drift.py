"""Random-walk drift of purchase rates over the horizon.

The log rate is a random walk with standard deviation `drift` after a year, and with a trend that keeps the mean rate:
exp(drift B(t) - drift^2 t / 2). Purchases over a horizon depend on the mean of that path, which is approximated by a
lognormal of mean 1 with the exact variance of the path's mean.
"""

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array

SMALL = 1e-3
"""Below it the difference in `path_variance` cancels, and its series is exact to 1e-10."""


def path_variance(*, drift: float, years: float) -> float:
    """Variance of the mean, over `years`, of a rate that starts at 1: 2 (e^v - 1 - v) / v^2 - 1, v = drift^2 years.

    >>> round(path_variance(drift=0.3, years=1.0), 6)
    0.030687
    """
    v = min(drift**2 * years, 700.0)  # e^v stays a float; most rates are 0 long before
    if v < SMALL:
        return v / 3 + v**2 / 12 + v**3 / 60
    return float(2 * (np.expm1(v) - v) / v**2 - 1)


def draw_drifted_purchases(
    generator: Generator, purchases: Array, *, expected: Array, drift: float, years: float
) -> Array:
    """Draw purchases under drift of the rates, (n, S), given `purchases` at constant rates and those `expected`.

    Where a rate fell, purchases are thinned; where it rose, the additional ones are Poisson: for Poisson purchases both
    are exact. The mean is the same. Dropout is not changed.

    >>> many = np.full((1, 100_000), 3.0)
    >>> moved = draw_drifted_purchases(np.random.default_rng(1), many, expected=many, drift=0.5, years=1.0)
    >>> round(float(moved.mean()), 1), bool(moved.std() > 0.8)
    (3.0, True)
    """
    spread = np.log1p(path_variance(drift=drift, years=years))
    factor = np.exp(np.sqrt(spread) * generator.standard_normal(purchases.shape) - spread / 2)
    kept = generator.binomial(np.rint(purchases).astype(np.int64), np.minimum(factor, 1.0))
    return np.asarray(kept + generator.poisson(np.maximum(factor - 1.0, 0.0) * expected), dtype=float)
