"""Log-likelihoods of single histories with derivatives, where every row has parameters of its own.

What `nbd.total` and `beta_geometric.total` add up over customers alike in their parameters. Leaving comes in through
ln(1 + odds of having left); counts through ln Γ(shape + steps) - ln Γ(shape), whose slopes are differences of digammas
and trigammas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, zeta

from kundkarriar.numerics.poisson_beta import nbd

if TYPE_CHECKING:
    Slopes: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

Array: TypeAlias = NDArray[np.float64]


def poisson_gamma(*, x: Array, T: Array, r: Array, alpha: Array) -> Slopes:
    """NBD: value (n,), gradient (n, 2) and Hessian (n, 2, 2) in (r, alpha), each (n,).

    >>> one = {"x": np.array([2.0]), "T": np.array([38.86]), "r": np.array([0.385]), "alpha": np.array([12.07])}
    >>> value, gradient, hessian = poisson_gamma(**one)
    >>> value.round(4), gradient.shape, hessian.shape
    (array([-9.044]), (1, 2), (1, 2, 2))
    """
    age = alpha + T
    risen, slope, bend = _rising(r, x)
    value = risen - x * np.log(age) - r * np.log1p(T / alpha)
    gradient = np.stack([slope - np.log1p(T / alpha), r / alpha - (r + x) / age], axis=-1)
    cross = 1 / alpha - 1 / age
    return value, gradient, _symmetric([[bend, cross], [cross, (r + x) / age**2 - r / alpha**2]])


def beta_geometric(
    *, x: Array, t_x: Array, T: Array, chances: Array, r: Array, alpha: Array, a: Array, b: Array
) -> Slopes:
    """BG/NBD and MBG/NBD: value (n,), gradient (n, 4) and Hessian (n, 4, 4) in (r, alpha, a, b), each (n,).

    >>> one = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86]), "chances": np.array([2.0])}
    >>> four = {"r": np.array([0.243]), "alpha": np.array([4.414]), "a": np.array([0.793]), "b": np.array([2.426])}
    >>> beta_geometric(**one, **four)[0].round(4)
    array([-9.4586])
    """
    n = len(x)
    gradient, hessian = np.zeros((n, 4)), np.zeros((n, 4, 4))
    value, gradient[:, :2], hessian[:, :2, :2] = poisson_gamma(x=x, T=T, r=r, alpha=alpha)
    risen, slope, bend = _rising(b, chances)
    all_risen, all_slope, all_bend = _rising(a + b, chances)
    gradient[:, 2] -= all_slope
    gradient[:, 3] += slope - all_slope
    hessian[:, 2:, 2:] -= all_bend[:, None, None]
    hessian[:, 3, 3] += bend
    may = np.flatnonzero(chances > 0)
    held = {"x": x, "t_x": t_x, "T": T, "chances": chances, "r": r, "alpha": alpha, "a": a, "b": b}
    left = _left(**{name: values[may] for name, values in held.items()})
    value += risen - all_risen
    value[may] += left[0]
    gradient[may] += left[1]
    hessian[may] += left[2]
    return value, gradient, hessian


def _left(*, x: Array, t_x: Array, T: Array, chances: Array, r: Array, alpha: Array, a: Array, b: Array) -> Slopes:
    """The logarithm of 1 + odds of having left, of rows that may have."""
    purchases, last = r + x, b + (chances - 1.0)
    late, early = 1 / (alpha + T), 1 / (alpha + t_x)
    silence = np.log1p((T - t_x) * early)
    odds = np.log(a) - np.log(last) + purchases * silence
    closer, nothing = -(T - t_x) * late * early, np.zeros_like(x)
    p_left = np.exp(-np.logaddexp(0.0, -odds))
    slopes = np.stack([silence, purchases * closer, 1 / a, -1 / last], axis=-1)
    bends = _symmetric(
        [
            [nothing, closer, nothing, nothing],
            [closer, purchases * (early**2 - late**2), nothing, nothing],
            [nothing, nothing, -1 / a**2, nothing],
            [nothing, nothing, nothing, 1 / last**2],
        ]
    )
    spread = (p_left * np.exp(-np.logaddexp(0.0, odds)))[:, None, None]
    hessian = p_left[:, None, None] * bends + spread * slopes[:, :, None] * slopes[:, None, :]
    return np.logaddexp(0.0, odds), p_left[:, None] * slopes, hessian


def _rising(start: Array, steps: Array) -> Slopes:
    """The sum of ln(start + j) for j < steps and its two slopes in `start`."""
    risen = nbd.log_rising(start, steps)
    return risen, digamma(start + steps) - digamma(start), zeta(2.0, start + steps) - zeta(2.0, start)


def _symmetric(rows: list[list[Array]]) -> Array:
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
