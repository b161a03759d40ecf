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


def drift_factors(generator: Generator, shape: tuple[int, ...], *, drift: float, years: float) -> Array:
    """Draw the mean of the path of each rate over `years`, as a factor of today's rate; of mean 1.

    >>> factors = drift_factors(np.random.default_rng(1), (100_000,), drift=0.5, years=1.0)
    >>> round(float(factors.mean()), 2), round(float(factors.var()), 2)
    (1.0, 0.09)
    """
    spread = np.log1p(path_variance(drift=drift, years=years))
    return np.asarray(np.exp(np.sqrt(spread) * generator.standard_normal(shape) - spread / 2))
