"""Confidence intervals by profile likelihood: how far each parameter can go while the others make up for it.

An end of the interval of a parameter is the top (or bottom) of the parameter where the log-likelihood is at least its
maximum less half a chi-square quantile. It is found by steps to the top of the parameter under the likelihood's
parabola at the last point, in the manner of Neale & Miller (1997), "The use of likelihood-based confidence intervals
in genetic models", Behavior Genetics 27(2). Slopes are differences of many log-likelihoods at once: all ends go
together. The parameter's own bend is left out of the parabola: with it as many steps were needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from scipy.special import ndtri

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

APART = 0.03
"""Differences are taken over this many standard deviations: their bias and their rounding are both below 1e-3."""
STEPS = 40
NEAR = 1e-3
"""An end is found where the log-likelihood is this near to its limit and a step would raise the parameter by no more
than this many deviations. (The step itself may be long, where the others run away along a flat ridge.)"""
STUCK = 1e-6
FAR = 30.0
"""An end not found within as many deviations, or where no step moves any more, is open."""


@frozen(kw_only=True, eq=False)
class Shapes:
    """Parameters at many points of the coordinates, each on the scale on which its interval is even.

    Attributes:
        low: lower edges of the coordinates, (k,); an end not found within the edges is open.
        high: upper edges, (k,).
        values: of the parameters, (..., k) to (..., k).
        slopes: their slopes, (..., k) to (..., k, k), parameter by coordinate.
    """

    low: Array
    high: Array
    values: Callable[[Array], Array]
    slopes: Callable[[Array], Array]


def profile_intervals(
    heights: Callable[[Array], Array], shapes: Shapes, *, top: Array, covariance: Array, level: float
) -> tuple[Array, Array]:
    """Low and high ends of each parameter, (k,) and (k,), on the scale of `shapes`; infinite where open.

    Args:
        heights: log-likelihoods of points (S, k), (S,).
        shapes: the parameters.
        top: where the log-likelihood is highest, (k,).
        covariance: the inverse of its curvature there, (k, k).
        level: of the intervals, between 0 and 1.

    Of the logarithm of a Poisson mean, where 16 were counted in 4 periods:

    >>> alone = Shapes(
    ...     low=np.full(1, -9.0), high=np.full(1, 9.0), values=lambda y: y,
    ...     slopes=lambda y: np.ones((*y.shape, 1)),
    ... )
    >>> at = {"top": np.log([4.0]), "covariance": np.eye(1) / 16}
    >>> ends = profile_intervals(lambda y: 16 * y[:, 0] - 4 * np.exp(y[:, 0]), alone, **at, level=0.95)
    >>> np.exp(ends).round(2).ravel()
    array([2.35, 6.29])
    """
    k = len(top)
    which, sign = np.tile(np.arange(k), 2), np.repeat([-1.0, 1.0], k)
    unit = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    limit = float(heights(top[None])[0]) - 0.5 * float(ndtri(0.5 + level / 2)) ** 2
    away = np.zeros((2 * k, k))
    found, going = np.zeros(2 * k, dtype=bool), np.ones(2 * k, dtype=bool)
    for _ in range(STEPS):
        at = np.flatnonzero(going)
        theta = top + away[at] @ unit.T
        value, slope, bend = _differences(heights, theta, unit)
        towards = sign[at, None] * (shapes.slopes(theta)[np.arange(len(at)), which[at]] @ unit)
        step = _step(value - limit, slope, bend, towards=towards)
        raised = np.abs((towards * step).sum(axis=1)) / np.sqrt((towards**2).sum(axis=1))
        found[at] = (np.abs(value - limit) < NEAR) & (raised < NEAR)
        there = np.clip(theta + step @ unit.T, shapes.low, shapes.high) - top
        moved = np.linalg.solve(unit, there.T).T - away[at]
        away[at] += moved
        going[at] = ~found[at] & (np.abs(moved).max(axis=1) > STUCK) & (np.abs(away[at]).max(axis=1) < FAR)
        if not going.any():
            break
    theta = np.where(found[:, None], top + away @ unit.T, top)
    ends = np.where(found, shapes.values(theta)[np.arange(2 * k), which], sign * np.inf)
    return ends[:k], ends[k:]


def _step(over: Array, slope: Array, bend: Array, *, towards: Array) -> Array:
    """Steps to the top of the parameter on the ellipse on which the parabola is at its limit, (E, k).

    Args:
        over: log-likelihood above the limit, (E,).
        slope: of the log-likelihood, (E, k).
        bend: its second slopes, (E, k, k).
        towards: slope of the parameter to be raised, (E, k).
    """
    curvatures, directions = np.linalg.eigh(-bend)
    flat = 1 / np.maximum(curvatures, 0.05)

    def solved(right: Array) -> Array:
        turned = np.einsum("eji,ej->ei", directions, right) * flat
        return np.asarray(np.einsum("eij,ej->ei", directions, turned))

    uphill, ahead = solved(slope), solved(towards)
    room = np.maximum(2 * over + (slope * uphill).sum(axis=1), 0.0)
    step = uphill + np.sqrt(room / (towards * ahead).sum(axis=1))[:, None] * ahead
    length = np.sqrt((step**2).sum(axis=1))
    shortened: Array = step * np.minimum(1.0, 2.0 / np.maximum(length, 1e-300))[:, None]
    return shortened


def _differences(heights: Callable[[Array], Array], theta: Array, unit: Array) -> tuple[Array, Array, Array]:
    """Value (E,), slope (E, k) and second slopes (E, k, k) at `theta`, per unit of the columns of `unit`."""
    k = theta.shape[1]
    one = APART * np.eye(k)
    pairs = [(i, j) for i in range(k) for j in range(i)]
    both = np.array([one[i] + one[j] for i, j in pairs]).reshape(-1, k)
    stencil = np.concatenate([np.zeros((1, k)), one, -one, both, -both]) @ unit.T
    around = heights((theta[:, None] + stencil).reshape(-1, k)).reshape(len(theta), -1)
    value, rest = around[:, 0], around[:, 1:]
    ahead, behind = rest[:, :k], rest[:, k : 2 * k]
    forth, back = rest[:, 2 * k : 2 * k + len(pairs)], rest[:, 2 * k + len(pairs) :]
    bend = np.zeros((len(theta), k, k))
    for i in range(k):
        bend[:, i, i] = (ahead[:, i] + behind[:, i] - 2 * value) / APART**2
    for at, (i, j) in enumerate(pairs):
        sides = ahead[:, i] + behind[:, i] + ahead[:, j] + behind[:, j] - 2 * value
        bend[:, i, j] = bend[:, j, i] = (forth[:, at] + back[:, at] - sides) / (2 * APART**2)
    return value, (ahead - behind) / (2 * APART), bend
