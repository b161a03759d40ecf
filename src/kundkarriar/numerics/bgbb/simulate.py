"""Simulation of BG/BB: histories of new customers."""

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array


def draw_histories(
    *, n: Array, alpha: float, beta: float, gamma: float, delta: float, generator: Generator
) -> tuple[Array, Array]:
    """Opportunities taken by new customers of `n`, and the last one taken, 0 where there is none, each (n,)."""
    p, theta = generator.beta(alpha, beta, len(n)), generator.beta(gamma, delta, len(n))
    alive = np.minimum(failures_before_success(theta, generator), n)
    last = np.maximum(alive - failures_before_success(p, generator), 0.0)  # counted back from the dropout
    others = generator.binomial(np.maximum(last - 1, 0).astype(np.int64), p)
    return np.where(last > 0, 1.0 + others, 0.0), last


def failures_before_success(chance: Array, generator: Generator) -> Array:
    """Geometric numbers of failures before the first success, (n,); at most about 1e18."""
    log_failure = np.log1p(-np.minimum(chance, 1 - 1e-16))
    waits = generator.standard_exponential(len(chance)) / np.maximum(-log_failure, 1e-18)
    return np.floor(waits)
