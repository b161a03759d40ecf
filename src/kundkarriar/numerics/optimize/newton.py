"""The top of a smooth log-likelihood in a few coordinates, by Newton steps within a trusted radius."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Array: TypeAlias = NDArray[np.float64]
Surface: TypeAlias = Callable[[Array], tuple[float, Array, Array]]

STEPS = 200
ROUNDING = 1e-11
"""Log-likelihoods that differ by this share, of themselves and of a unit a customer, are the same: sums of large terms
that nearly cancel round so."""
FLAT = 1e-11
"""A gradient this small per customer is zero: the search stops."""
ACCEPTED = 1e-6
"""A gradient this small per customer counts as an optimum where rounding ends the search earlier."""


@frozen(kw_only=True, eq=False)
class Box:
    """Where to search.

    Attributes:
        low: lower edges of the coordinates, (k,).
        high: upper edges, (k,).
        n: customers behind the surface; slopes are judged per customer.
        flat: the gradient per customer at which the search stops.
    """

    low: Array
    high: Array
    n: float
    flat: float = FLAT


@frozen(kw_only=True, eq=False)
class Optimum:
    """Where a search ended.

    Attributes:
        theta: the coordinates, (k,).
        value, gradient, hessian: the log-likelihood there, its slopes (k,) and curvatures (k, k).
        converged: whether every slope is zero, or pushes against the edge of the box.
    """

    theta: Array
    value: float
    gradient: Array
    hessian: Array
    converged: bool

    def steepest(self, box: Box) -> float:
        """The largest slope of a coordinate that the box does not stop."""
        return _steepest(self.gradient, _free(self.theta, self.gradient, box))


def maximise(surface: Surface, start: Array, box: Box) -> Optimum:
    """Climb `surface` from `start`, staying inside `box`.

    A step solves the quadratic model with its curvatures made positive; it is shortened to the trusted radius,
    which grows and shrinks with how well the model foretold the gain. Where it ended is judged by the
    gradient per customer, never by how the search stopped. Where the surface is not finite it is infinitely low: no
    step goes there, and a search that starts there ends there, not converged.

    Args:
        surface: coordinates to (value, gradient, Hessian).
        start: where to begin, (k,).
        box: where to search, and of how many customers the surface is the sum.

    >>> def hill(theta):
    ...     return -float(theta @ theta), -2 * theta, -2 * np.eye(2)
    >>> maximise(hill, np.ones(2), Box(n=1, low=np.full(2, -9.0), high=np.full(2, 9.0))).theta.round(9) + 0.0
    array([0., 0.])
    """
    theta = np.clip(start, box.low, box.high)
    value, gradient, hessian = _finite(surface, theta)
    radius = 1.0
    for _ in range(STEPS):
        free = _free(theta, gradient, box)
        if _steepest(gradient, free) < box.flat * box.n:
            break
        step = _step(gradient, hessian, free=free, radius=radius)
        there = _inside(theta, step, box)
        step = there - theta
        foretold = float(gradient @ step + 0.5 * step @ hessian @ step)
        new_value, new_gradient, new_hessian = _finite(surface, there)
        gain = new_value - value
        if not gain > 0.1 * max(foretold, 0.0):
            radius = 0.25 * float(np.linalg.norm(step))
        elif gain > 0.7 * foretold:
            radius = min(max(radius, 2.0 * float(np.linalg.norm(step))), 4.0)
        # values that differ by rounding alone say nothing: there the flatter of two points is the nearer to the top
        flatter = _steepest(new_gradient, _free(there, new_gradient, box)) < _steepest(gradient, free)
        alike = max(abs(gain), abs(foretold)) <= ROUNDING * (abs(value) + box.n)
        if flatter if alike else gain > 0:
            theta, value, gradient, hessian = there, new_value, new_gradient, new_hessian
        elif radius < 1e-9 or abs(foretold) < 1e-14 * abs(value):
            break
    steepest = _steepest(gradient, _free(theta, gradient, box))
    converged = bool(np.isfinite(value) and steepest < ACCEPTED * box.n)
    return Optimum(theta=theta, value=value, gradient=gradient, hessian=hessian, converged=converged)


def best_start(surface: Surface, starts: Sequence[Array], box: Box) -> Array:
    """Where the highest of several searches ended, (k,)."""
    ends = [maximise(surface, start, box) for start in starts]
    return max(ends, key=lambda end: end.value).theta


def _finite(surface: Surface, theta: Array) -> tuple[float, Array, Array]:
    """The surface at `theta`; minus infinity, level, where any of its numbers is not finite."""
    with np.errstate(all="ignore"):
        value, gradient, hessian = surface(theta)
    if np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all():
        return value, gradient, hessian
    return -np.inf, np.zeros_like(theta), np.zeros((len(theta), len(theta)))


def _steepest(gradient: Array, free: NDArray[np.bool_]) -> float:
    return float(np.max(np.abs(gradient[free]), initial=0.0))


def held_at_edge(theta: Array, gradient: Array, box: Box) -> NDArray[np.bool_]:
    """Coordinates at an edge of `box` that they push against, (k,).

    >>> held_at_edge(np.array([9.0, 9.0]), np.array([1.0, -1.0]), Box(n=1, low=np.zeros(2), high=np.full(2, 9.0)))
    array([ True, False])
    """
    return (theta <= box.low) & (gradient < 0) | (theta >= box.high) & (gradient > 0)


def _free(theta: Array, gradient: Array, box: Box) -> NDArray[np.bool_]:
    """Coordinates that the search may still move."""
    return ~held_at_edge(theta, gradient, box)


def _inside(theta: Array, step: Array, box: Box) -> Array:
    """Where `step` leads, cut short as a whole where it first meets an edge, and then exactly on it.

    To clip the one coordinate and let the others go on leaves a ridge that runs into a corner: the step then gains
    nothing, and the search creeps towards the edge without an end.
    """
    room = np.where(step > 0, box.high - theta, theta - box.low)
    share = np.full_like(step, np.inf)
    np.divide(room, np.abs(step), out=share, where=(np.abs(step) > room) & (room > 0))
    shortest = float(np.min(share, initial=1.0))
    there = np.clip(theta + shortest * step, box.low, box.high)
    return np.where(share <= shortest, np.where(step > 0, box.high, box.low), there)


def _step(gradient: Array, hessian: Array, *, free: NDArray[np.bool_], radius: float) -> Array:
    """Newton's step in the free coordinates, uphill in every direction, no longer than `radius`."""
    curvatures, directions = np.linalg.eigh(-hessian[np.ix_(free, free)])
    floor = 1e-12 * max(float(np.max(np.abs(curvatures), initial=0.0)), _steepest(gradient, free), 1e-9)
    bend = np.maximum(np.abs(curvatures), floor)
    newton = directions @ ((directions.T @ gradient[free]) / bend)
    length = float(np.linalg.norm(newton))
    step = np.zeros_like(gradient)
    step[free] = newton if length <= radius else newton * (radius / length)
    return step
