"""Gaussian summation: nodes and weights that replace a sum over n = 1, 2, ..., up to billions of terms.

The terms must be smooth in ln n. The first 32 are summed one by one; the rest in blocks that double in length. In each
block the m nodes and weights sum every polynomial of degree 2 m - 1 exactly (the Gauss rule of the discrete Chebyshev
polynomials). All weights are positive, so sums of positive terms lose no digits.
"""

from functools import cache

import numpy as np
from scipy.linalg import eigh_tridiagonal

from kundkarriar.arrays import Array

DIRECT = 32
"""Terms summed one by one."""


def summation_rule(*, blocks: int, nodes: int) -> tuple[Array, Array]:
    """Nodes and weights of the sum over n = 1, 2, ..., 32 x 2^blocks, with `nodes` in each block; both (N,).

    >>> n, weights = summation_rule(blocks=20, nodes=16)
    >>> len(n), round(float(weights @ (1 / n)), 12)  # the harmonic number of 33,554,432
    (352, 17.905895193801)
    """
    points, weights = [np.arange(1.0, DIRECT + 1)], [np.ones(DIRECT)]
    for block in range(blocks):
        length = DIRECT * 2**block
        at, weight = _block(length, min(nodes, length))
        points.append(length + 1 + at)
        weights.append(weight)
    return np.concatenate(points), np.concatenate(weights)


@cache
def _block(length: int, nodes: int) -> tuple[Array, Array]:
    """Rule of the sum over 0, 1, ..., length - 1: eigenvalues of the polynomials' recurrence (Golub & Welsch 1969)."""
    if nodes == length:
        return np.arange(float(length)), np.ones(length)
    n = np.arange(1.0, nodes)
    off = np.sqrt(n**2 * (float(length) ** 2 - n**2) / (4 * (4 * n**2 - 1)))
    points, vectors = eigh_tridiagonal(np.full(nodes, (length - 1) / 2), off)
    return np.asarray(points, dtype=np.float64), np.asarray(length * vectors[0] ** 2, dtype=np.float64)
