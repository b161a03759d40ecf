"""Drawn purchases at rates multiplied by a factor: of each customer (drift), of each draw (level), or of both."""

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array


def draw_changed_purchases(generator: Generator, purchases: Array, *, expected: Array, factor: Array) -> Array:
    """Draw purchases at rates times `factor`, given `purchases` at the rates and those `expected`; all (n, S).

    Below 1 purchases are thinned; above 1 the additional ones are Poisson: for Poisson purchases both are exact. The
    mean is multiplied by the factor whatever their distribution. Dropout is not changed.

    >>> many = np.full((1, 100_000), 3.0)
    >>> more = draw_changed_purchases(np.random.default_rng(1), many, expected=many, factor=np.full((1, 100_000), 1.5))
    >>> round(float(more.mean()), 1)
    4.5
    """
    kept = generator.binomial(np.rint(purchases).astype(np.int64), np.minimum(factor, 1.0))
    return np.asarray(kept + generator.poisson(np.maximum(factor - 1.0, 0.0) * expected), dtype=float)
