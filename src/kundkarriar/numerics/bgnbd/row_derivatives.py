"""Log-likelihoods of single histories with derivatives, where each row has its own parameters.

`nbd.total` and `likelihood.total` sum the same over customers who share their parameters. The terms are
ln(1 + odds of having dropped out) and log rising factorials, whose derivatives are differences of digammas and
trigammas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, zeta

from kundkarriar.numerics.special.rising_factorial import log_rising_factorial

if TYPE_CHECKING:
    Derivatives: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

Array: TypeAlias = NDArray[np.float64]


def poisson_gamma(*, x: Array, T: Array, r: Array, alpha: Array) -> Derivatives:
    """NBD: value (n,), gradient (n, 2) and Hessian (n, 2, 2) in (r, alpha), each (n,).

    >>> one = {"x": np.array([2.0]), "T": np.array([38.86]), "r": np.array([0.385]), "alpha": np.array([12.07])}
    >>> value, gradient, hessian = poisson_gamma(**one)
    >>> value.round(4), gradient.shape, hessian.shape
    (array([-9.044]), (1, 2), (1, 2, 2))
    """
    age = alpha + T
    rising, first, second = _rising(r, x)
    value = rising - x * np.log(age) - r * np.log1p(T / alpha)
    gradient = np.stack([first - np.log1p(T / alpha), r / alpha - (r + x) / age], axis=-1)
    cross = 1 / alpha - 1 / age
    return value, gradient, _symmetric([[second, cross], [cross, (r + x) / age**2 - r / alpha**2]])


def beta_geometric(
    *, x: Array, t_x: Array, T: Array, chances: Array, r: Array, alpha: Array, a: Array, b: Array
) -> Derivatives:
    """BG/NBD and MBG/NBD: value (n,), gradient (n, 4) and Hessian (n, 4, 4) in (r, alpha, a, b), each (n,).

    >>> one = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86]), "chances": np.array([2.0])}
    >>> four = {"r": np.array([0.243]), "alpha": np.array([4.414]), "a": np.array([0.793]), "b": np.array([2.426])}
    >>> beta_geometric(**one, **four)[0].round(4)
    array([-9.4586])
    """
    n = len(x)
    gradient, hessian = np.zeros((n, 4)), np.zeros((n, 4, 4))
    value, gradient[:, :2], hessian[:, :2, :2] = poisson_gamma(x=x, T=T, r=r, alpha=alpha)
    rising_b, b_first, b_second = _rising(b, chances)
    rising_ab, ab_first, ab_second = _rising(a + b, chances)
    gradient[:, 2] -= ab_first
    gradient[:, 3] += b_first - ab_first
    hessian[:, 2:, 2:] -= ab_second[:, None, None]
    hessian[:, 3, 3] += b_second
    may_be_inactive = np.flatnonzero(chances > 0)
    arguments = {"x": x, "t_x": t_x, "T": T, "chances": chances, "r": r, "alpha": alpha, "a": a, "b": b}
    inactive = _inactive(**{name: values[may_be_inactive] for name, values in arguments.items()})
    value += rising_b - rising_ab
    value[may_be_inactive] += inactive[0]
    gradient[may_be_inactive] += inactive[1]
    hessian[may_be_inactive] += inactive[2]
    return value, gradient, hessian


def _inactive(
    *, x: Array, t_x: Array, T: Array, chances: Array, r: Array, alpha: Array, a: Array, b: Array
) -> Derivatives:
    """ln(1 + odds of having dropped out) with derivatives, of rows with a dropout opportunity."""
    purchases, last = r + x, b + (chances - 1.0)
    late, early = 1 / (alpha + T), 1 / (alpha + t_x)
    log_ratio = np.log1p((T - t_x) * early)
    log_odds = np.log(a) - np.log(last) + purchases * log_ratio
    log_ratio_alpha, zero = -(T - t_x) * late * early, np.zeros_like(x)
    p_inactive = np.exp(-np.logaddexp(0.0, -log_odds))
    gradient = np.stack([log_ratio, purchases * log_ratio_alpha, 1 / a, -1 / last], axis=-1)
    second = _symmetric(
        [
            [zero, log_ratio_alpha, zero, zero],
            [log_ratio_alpha, purchases * (early**2 - late**2), zero, zero],
            [zero, zero, -1 / a**2, zero],
            [zero, zero, zero, 1 / last**2],
        ]
    )
    spread = (p_inactive * np.exp(-np.logaddexp(0.0, log_odds)))[:, None, None]
    hessian = p_inactive[:, None, None] * second + spread * gradient[:, :, None] * gradient[:, None, :]
    return np.logaddexp(0.0, log_odds), p_inactive[:, None] * gradient, hessian


def _rising(start: Array, steps: Array) -> Derivatives:
    """Log rising factorial of each row with its first and second derivative in `start`."""
    value = log_rising_factorial(start, steps)
    return value, digamma(start + steps) - digamma(start), zeta(2.0, start + steps) - zeta(2.0, start)


def _symmetric(rows: list[list[Array]]) -> Array:
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
