"""Gauss-Legendre quadrature: nodes and weights."""

from functools import cache

import numpy as np

from kundkarriar.arrays import Array


@cache
def gauss_legendre_unit(count: int) -> tuple[Array, Array]:
    """Nodes and weights on [0, 1], each (count,), read-only; cached, because finding them takes as long as using them.

    >>> nodes, weights = gauss_legendre_unit(2)
    >>> float((weights @ nodes**2).round(9))  # the integral of x^2
    0.333333333
    """
    nodes, weights = np.polynomial.legendre.leggauss(count)
    nodes, weights = 0.5 * (nodes + 1), 0.5 * weights
    nodes.setflags(write=False)
    weights.setflags(write=False)
    return nodes, weights
