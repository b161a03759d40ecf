"""Likelihood of Gamma-Gamma: spend per purchase is gamma within a customer, and its rate is gamma between customers.

Fader, P. S. & Hardie, B. G. S. (2013), "The gamma-gamma model of monetary value", note 025; equation numbers
are of that note. `m` is the mean spend of `x` purchases: each is Gamma(p, nu), with nu ~ Gamma(q, gamma).
"""

from typing import Any

import numpy as np
from scipy.special import gammaln, polygamma, psi

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.gamma_ratio import LOG_2_PI, log_gamma_ratio, stirling_remainder

ROWS, POINTS = 4096, 64
"""Customers times parameter vectors whose logarithms are in memory together: they fit a cache."""
NEAR, TERMS = 0.05, 4
"""Deviances with a relative difference below NEAR are taken by a series, whose remainder is below 1e-17."""


def log_likelihood(*, x: Array, m: Array, p: float, q: float, gamma: float) -> Array:
    """Log-likelihood of each mean spend `m` of `x` purchases, (n,). Eq. 1a.

    >>> log_likelihood(x=np.array([2.0]), m=np.array([22.35]), p=6.25, q=3.74, gamma=15.44).round(4)
    array([-3.5513])
    """
    shape, both, z = p * x, p * x + q, m * x
    # density of a beta prime: Stirling's formula leaves two deviances, which are positive, and no large terms
    density: Array = 0.5 * (np.log(q) + np.log(shape / both) - LOG_2_PI) - np.log(m)
    density += stirling_remainder(both) - stirling_remainder(shape) - stirling_remainder(q)
    difference = (shape * gamma - q * z) / (gamma + z)  # of the shape from its expectation given m
    from_shape = _deviance(shape, both * (z / (gamma + z)), difference)
    density -= from_shape + _deviance(q, both * (gamma / (gamma + z)), -difference)
    return density


def _deviance(observed: Any, expected: Any, difference: Any) -> Array:
    """The deviance observed ln(observed / expected) - difference, without cancellation; >= 0.

    `difference` is observed - expected. Loader, C. (2000), "Fast and accurate computation of binomial probabilities".
    """
    relative = difference / expected
    near = np.abs(relative) < NEAR
    v = np.where(near, relative / (2.0 + relative), 0.0)
    # (1 + e) ln(1 + e) - e at e = 2 v / (1 - v), where ln(1 + e) = 2 (v + v^3 / 3 + ...)
    tail = np.zeros_like(v)
    for k in range(TERMS, 0, -1):
        tail = (tail + 1.0 / (2 * k + 1)) * (v * v)
    by_series = difference * v + 2.0 * observed * v * tail
    with np.errstate(divide="ignore", invalid="ignore"):
        by_logs = observed * np.log(observed / expected) - difference
    return np.asarray(np.where(near, by_series, by_logs))


def total(*, x: Array, m: Array, weights: Array, p: float, q: float, gamma: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers, its gradient (3,) and Hessian (3, 3), in (p, q, gamma).

    Terms in x alone are computed once per different x. Sums, not dot products: those would start threads of
    BLAS, which on a busy machine cost more than the sums.
    """
    counts, inverse = np.unique(x, return_inverse=True)
    at = np.bincount(inverse, weights=weights)
    n, z, often = np.sum(weights), x * m, weights * x
    log_far, over = np.log(gamma + z), 1 / (gamma + z)
    shape, both = p * counts, p * counts + q
    far = p * often + q * weights
    # ln(z / (gamma + z)), to be multiplied by many orders: where z is large, a difference of logarithms has few digits
    share = np.where(z > gamma, -np.log1p(gamma / np.maximum(z, gamma)), np.log(z) - log_far)
    spent = np.sum(often * share)
    value = (
        np.sum(at * log_gamma_ratio(shape, q)) - n * gammaln(q) + n * q * np.log(gamma)
        + p * spent - np.sum(weights * np.log(m)) - q * np.sum(weights * log_far)
    )  # fmt: skip
    digamma, trigamma = psi(both), polygamma(1, both)
    gradient = np.array([
        np.sum(at * counts * (digamma - psi(shape))) + spent,
        np.sum(at * digamma) - n * psi(q) + n * np.log(gamma) - np.sum(weights * log_far),
        n * q / gamma - np.sum(far * over),
    ])  # fmt: skip
    pq = np.sum(at * counts * trigamma)
    pg, qg = -np.sum(often * over), n / gamma - np.sum(weights * over)
    hessian = np.array([
        [np.sum(at * counts**2 * (trigamma - polygamma(1, shape))), pq, pg],
        [pq, np.sum(at * trigamma) - n * polygamma(1, q), qg],
        [pg, qg, -n * q / gamma**2 + np.sum(far * over**2)],
    ])  # fmt: skip
    return float(value), gradient, hessian


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
