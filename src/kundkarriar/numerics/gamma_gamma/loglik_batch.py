"""Log-likelihood of Gamma-Gamma at many parameter vectors at once, without derivatives."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from kundkarriar.arrays import Array

ROWS, POINTS = 4096, 64
"""Customers times parameter vectors whose logarithms are in memory together: they fit a cache."""


def loglik_batch(*, x: Array, m: Array, weights: Array, p: Array, q: Array, gamma: Array) -> Array:
    """Log-likelihood of all customers at each of S parameter vectors, (S,); each parameter is (S,)."""
    counts, inverse = np.unique(x, return_inverse=True)
    at = np.bincount(inverse, weights=weights)
    shape = p * counts[:, None]
    value = at @ (gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma))
    z, often = x * m, weights * x
    value += p * np.sum(often * np.log(z)) - np.sum(weights * np.log(m))
    for first in range(0, len(p), POINTS):
        some = slice(first, first + POINTS)
        for row in range(0, len(z), ROWS):
            block = slice(row, row + ROWS)
            logs = np.log(gamma[some] + z[block, None])
            value[some] -= p[some] * np.einsum("i,is->s", often[block], logs)
            value[some] -= q[some] * np.einsum("i,is->s", weights[block], logs)
    return np.asarray(value)
