"""Gamma-Gamma: what a purchase brings varies by a gamma within a customer, its mean by a gamma between them.

Fader, P. S. & Hardie, B. G. S. (2013), "The gamma-gamma model of monetary value", note 025; equation numbers
are of that note. `m` is the mean of `x` purchases: each is Gamma(p, nu), with nu ~ Gamma(q, gamma).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from scipy.special import gammaln, polygamma, psi

from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates, within_efolds
from kundkarriar.numerics.special.gamma_ratio import LOG_2_PI, log_gamma_ratio, stirling_rest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NEAR, TERMS = 0.05, 4
"""Deviances of a share below NEAR are taken by a series: its rest is below 1e-17."""
ROWS, POINTS = 4096, 64
"""Customers times parameters whose logarithms are held at once."""


def log_likelihood(*, x: Array, m: Array, p: float, q: float, gamma: float) -> Array:
    """Log-likelihood of each mean spend `m` of `x` purchases, (n,). Eq. 1a.

    >>> log_likelihood(x=np.array([2.0]), m=np.array([22.35]), p=6.25, q=3.74, gamma=15.44).round(4)
    array([-3.5513])
    """
    shape, both, z = p * x, p * x + q, m * x
    # density of a beta prime: Stirling's formula leaves two deviances, which are positive, and no large terms
    density: Array = 0.5 * (np.log(q) + np.log(shape / both) - LOG_2_PI) - np.log(m)
    density += stirling_rest(both) - stirling_rest(shape) - stirling_rest(q)
    apart = (shape * gamma - q * z) / (gamma + z)  # from what m is expected to be, in orders
    density -= _deviance(shape, both * (z / (gamma + z)), apart) + _deviance(q, both * (gamma / (gamma + z)), -apart)
    return density


def _deviance(seen: Any, expected: Any, apart: Any) -> Array:
    """The sum seen ln(seen / expected) - apart, `apart` being seen - expected, without cancellation; >= 0.

    Loader, C. (2000), "Fast and accurate computation of binomial probabilities".
    """
    share = apart / expected
    near = np.abs(share) < NEAR
    v = np.where(near, share / (2.0 + share), 0.0)
    # (1 + e) ln(1 + e) - e at e = 2 v / (1 - v), where ln(1 + e) = 2 (v + v^3 / 3 + ...)
    tail = np.zeros_like(v)
    for k in range(TERMS, 0, -1):
        tail = (tail + 1.0 / (2 * k + 1)) * (v * v)
    close = apart * v + 2.0 * seen * v * tail
    with np.errstate(divide="ignore", invalid="ignore"):
        far = seen * np.log(seen / expected) - apart
    return np.asarray(np.where(near, close, far))


def expected_order_value(*, x: Array, m: Array, p: Any, q: Any, gamma: Any) -> Array:
    """Expected mean spend of a purchase, (n,): the population's where x = 0. Eq. 5.

    Infinite where p x + q <= 1.

    >>> seen = {"x": np.array([0.0, 7.0]), "m": np.array([0.0, 73.74])}
    >>> expected_order_value(**seen, p=6.25, q=3.74, gamma=15.44).round(2)
    array([35.22, 71.47])
    """
    left = p * x + (q - 1)
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
    # ln(z / (gamma + z)): of many orders, times as many as they are, a difference of logarithms leaves few digits
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


def heights(*, x: Array, m: Array, weights: Array, p: Array, q: Array, gamma: Array) -> Array:
    """Log-likelihood of all customers at many parameters, (S,), in blocks whose logarithms fit a cache."""
    counts, where = np.unique(x, return_inverse=True)
    at = np.bincount(where, weights=weights)
    shape = p * counts[:, None]
    found = at @ (gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma))
    z, often = x * m, weights * x
    found += p * np.sum(often * np.log(z)) - np.sum(weights * np.log(m))
    for first in range(0, len(p), POINTS):
        some = slice(first, first + POINTS)
        for row in range(0, len(z), ROWS):
            here = slice(row, row + ROWS)
            far = np.log(gamma[some] + z[here, None])
            found[some] -= p[some] * np.einsum("i,is->s", often[here], far)
            found[some] -= q[some] * np.einsum("i,is->s", weights[here], far)
    return np.asarray(found)


@frozen(kw_only=True)
class SpendBlock:
    """(p, q, gamma) at theta = (ln p, ln(q - 1), ln(p gamma / q)); gamma in the unit of `scale`.

    q stays above 1, so the population's mean order value is finite; the third is near the typical order. A shape of e^8
    is a spread of 1.8 %, none to speak of: beyond it, sums of log-gammas lose the digits that a search needs.

    >>> SpendBlock().natural(np.zeros(3), scale=30.0)
    array([ 1.,  2., 60.])
    """

    names: tuple[str, str, str] = ("log_p", "log_q_above_1", "log_order_value")
    low: tuple[float, float, float] = (-8.0, -12.0, -25.0)
    high: tuple[float, float, float] = (8.0, 8.0, 25.0)
    positive: tuple[bool, bool, bool] = (True, True, True)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """(p, q, gamma), (..., 3)."""
        p, q = np.exp(theta[..., 0]), 1 + np.exp(theta[..., 1])
        return np.stack([p, q, scale * np.exp(theta[..., 2]) * q / p], axis=-1)

    def working(self, values: Array, *, scale: float = 1.0) -> Array:
        """The coordinates of (p, q, gamma), (..., 3); minus infinity in the second where q is 1 or less."""
        p, q, gamma = np.moveaxis(values, -1, 0)
        above = np.where(q > 1, q - 1, 0.0)
        with np.errstate(divide="ignore"):
            return np.stack([np.log(p), np.log(above), np.log(p * gamma / q / scale)], axis=-1)

    def within(self, values: Array) -> Array:
        """Inside e^-28..e^28 at the same p gamma / q, (..., 3)."""
        return within_efolds(values, together=slice(1, 3))

    def slopes(self, theta: Array) -> Array:
        """Parameter by coordinate, (..., 3, 3)."""
        p, q, gamma = np.moveaxis(self.natural(theta), -1, 0)
        up, share, zero = q - 1, (q - 1) / q, 0 * p
        return _at_each_point([[p, zero, zero], [zero, up, zero], [-gamma, gamma * share, gamma]])

    def bend(self, theta: Array, gradient: Array) -> Array:
        """Second slopes under `gradient`, (..., 3, 3)."""
        q = self.natural(theta)[..., 1]
        up, share = gradient[..., 1] * (q - 1), (q - 1) / q
        p, _, gamma = np.moveaxis(self.natural(theta) * gradient, -1, 0)
        return _at_each_point(
            [
                [gamma + p, -gamma * share, -gamma],
                [-gamma * share, gamma * share + up, gamma * share],
                [-gamma, gamma * share, gamma],
            ]
        )


def _at_each_point(rows: list[list[Array]]) -> Array:
    """A matrix of arrays (...) as an array of matrices (..., 3, 3)."""
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


COORDINATES = Coordinates(blocks=(SpendBlock(),))
