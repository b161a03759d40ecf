"""Gamma-Gamma: what a purchase brings varies by a gamma within a customer, its mean by a gamma between them.

Fader, P. S. & Hardie, B. G. S. (2013), "The gamma-gamma model of monetary value", note 025; equation numbers
are of that note. `m` is the mean of `x` purchases: each is Gamma(p, nu), with nu ~ Gamma(q, gamma).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln, polygamma, psi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LOW = np.array([-8.0, -12.0, -25.0])
HIGH = np.array([12.0, 12.0, 25.0])


def log_likelihood(*, x: Array, m: Array, p: float, q: float, gamma: float) -> Array:
    """Log-likelihood of each mean spend `m` of `x` purchases, (n,). Eq. 1a.

    >>> log_likelihood(x=np.array([2.0]), m=np.array([22.35]), p=6.25, q=3.74, gamma=15.44).round(4)
    array([-3.5513])
    """
    shape = p * x
    density: Array = (
        gammaln(shape + q) - gammaln(shape) - gammaln(q)
        + shape * (np.log(x) + np.log(m)) - np.log(m)
        - q * np.log1p(m * x / gamma) - shape * np.log(gamma + m * x)
    )  # fmt: skip
    return density


def expected_order_value(*, x: Array, m: Array, p: Any, q: Any, gamma: Any) -> Array:
    """Expected mean spend of a purchase, (n,): the population's where x = 0. Eq. 5.

    Infinite where p x + q <= 1.

    >>> seen = {"x": np.array([0.0, 7.0]), "m": np.array([0.0, 73.74])}
    >>> expected_order_value(**seen, p=6.25, q=3.74, gamma=15.44).round(2)
    array([35.22, 71.47])
    """
    left = p * x + q - 1
    return np.where(left > 0, p * (gamma + m * x) / np.where(left > 0, left, 1.0), np.inf)


def total(*, x: Array, m: Array, weights: Array, p: float, q: float, gamma: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers, its gradient (3,) and Hessian (3, 3), in (p, q, gamma).

    Terms in x alone are counted once per different x. Sums, not dot products: those would start threads of
    BLAS, which on a busy machine cost more than the sums.
    """
    counts, where = np.unique(x, return_inverse=True)
    at = np.bincount(where, weights=weights)
    n, z, often = np.sum(weights), x * m, weights * x
    log_far, over = np.log(gamma + z), 1 / (gamma + z)
    shape, both = p * counts, p * counts + q
    far = p * often + q * weights
    near = np.sum(often * np.log(z))
    value = (
        np.sum(at * (gammaln(both) - gammaln(shape))) - n * gammaln(q) + n * q * np.log(gamma)
        + p * near - np.sum(weights * np.log(m)) - np.sum(far * log_far)
    )  # fmt: skip
    digamma, trigamma = psi(both), polygamma(1, both)
    gradient = np.array([
        np.sum(at * counts * (digamma - psi(shape))) + near - np.sum(often * log_far),
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


def natural(theta: Array, *, scale: float = 1.0) -> Array:
    """(p, q, gamma) at theta = (ln p, ln(q - 1), ln(p gamma / q)), (..., 3); gamma in the unit of `scale`.

    q stays above 1, so the population's mean order value is finite; the third is near the typical order.

    >>> natural(np.array([0.0, 0.0, 0.0]), scale=30.0)
    array([ 1.,  2., 60.])
    """
    p, q = np.exp(theta[..., 0]), 1 + np.exp(theta[..., 1])
    return np.stack([p, q, scale * np.exp(theta[..., 2]) * q / p], axis=-1)


def working(values: Array, *, scale: float = 1.0) -> Array:
    """The coordinates of (p, q, gamma), (3,): the inverse of `natural`."""
    p, q, gamma = values
    return np.array([np.log(p), np.log(q - 1), np.log(p * gamma / q / scale)])


def in_working(theta: Array, value: tuple[float, Array, Array]) -> tuple[float, Array, Array]:
    """A log-likelihood with derivatives in (p, q, gamma) turned into one with derivatives in theta."""
    height, gradient, hessian = value
    p, q, gamma = natural(theta)
    up, share = q - 1, (q - 1) / q
    slopes = np.array([[p, 0, 0], [0, up, 0], [-gamma, gamma * share, gamma]])
    bend = np.array([
        [gamma, -gamma * share, -gamma],
        [-gamma * share, gamma * share, gamma * share],
        [-gamma, gamma * share, gamma],
    ]) * gradient[2]  # fmt: skip
    bend[0, 0] += gradient[0] * p
    bend[1, 1] += gradient[1] * up
    return height, slopes.T @ gradient, slopes.T @ hessian @ slopes + bend
