"""Maximisation of a smooth log-likelihood of a few parameters: Newton's method with a trust region, within bounds."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask

Objective: TypeAlias = Callable[[Array], tuple[float, Array, Array]]

STEPS = 200
ROUNDING = 1e-11
"""Log-likelihoods that differ by less than this share of themselves plus n are equal: rounding of sums of large terms
that nearly cancel."""
GRADIENT_TOLERANCE = 1e-11
"""The search stops where the gradient per customer is below this."""
LONG, LEFT = 1.0, 0.01
"""A search with a `gain_tolerance` has converged where a step this long promises at most that gain or so much: along a
flat ridge a sum over quadrature nodes that move with the parameters is not more exact."""
ACCEPTED = 1e-6
"""Where rounding ends the search earlier, it has converged if the gradient per customer is below this."""


@frozen(kw_only=True, eq=False)
class Box:
    """Bounds and tolerance of a search.

    Attributes:
        low, high: bounds of theta, (k,).
        n: customers over whom the objective is summed; gradients are judged per customer.
        gradient_tolerance: gradient per customer at which the search stops.
        gain_tolerance: the search also stops with a step to a maximum that promises to gain less than this: where the
            objective is costly, that step is taken by its quadratic model.
    """

    low: Array
    high: Array
    n: float
    gradient_tolerance: float = GRADIENT_TOLERANCE
    gain_tolerance: float = 0.0


@frozen(kw_only=True, eq=False)
class Optimum:
    """Result of a search.

    Attributes:
        theta: last point, (k,).
        value, gradient, hessian: the objective there, its gradient (k,) and Hessian (k, k).
        converged: whether every derivative is zero, or points out of the box at a bound.
    """

    theta: Array
    value: float
    gradient: Array
    hessian: Array
    converged: bool


def maximise(objective: Objective, start: Array, box: Box) -> Optimum:
    """Maximise `objective`, theta (k,) to (value, gradient (k,), Hessian (k, k)), from `start` within `box`.

    A step maximises the quadratic model with its eigenvalues made negative. It is shortened to the trust radius, which
    grows and shrinks with the accuracy of the model's predicted gain. Convergence is judged by the gradient per
    customer, or with a `gain_tolerance` by the gain that is left; never by how the search stopped. A non-finite
    objective counts as minus infinity: no step goes there, and a search that starts there ends there, not converged.
    """
    theta = np.clip(start, box.low, box.high)
    value, gradient, hessian = _finite(objective, theta)
    radius = 1.0
    for _ in range(STEPS):
        largest = largest_gradient(theta, gradient, box)
        if largest < box.gradient_tolerance * box.n:
            break
        step = _step(gradient, hessian, free=~held_at_edge(theta, gradient, box), radius=radius)
        new = _inside(theta, step, box)
        step = new - theta
        predicted = float(gradient @ step + 0.5 * step @ hessian @ step)
        if 0.0 <= predicted < box.gain_tolerance:
            ahead = gradient + hessian @ step
            # a step cut short by a bound or by the radius gains little too, far from the maximum
            if largest_gradient(new, ahead, box) < ACCEPTED * box.n:
                theta, value, gradient = new, value + predicted, ahead
                break
        new_value, new_gradient, new_hessian = _finite(objective, new)
        gain = new_value - value
        if not gain > 0.1 * max(predicted, 0.0):
            radius = 0.25 * float(np.linalg.norm(step))
        elif gain > 0.7 * predicted:
            radius = min(max(radius, 2.0 * float(np.linalg.norm(step))), 4.0)
        # values that differ by rounding alone decide nothing: then the smaller gradient is nearer to the maximum
        smaller_gradient = largest_gradient(new, new_gradient, box) < largest
        equal = max(abs(gain), abs(predicted)) <= ROUNDING * (abs(value) + box.n)
        if smaller_gradient if equal else gain > 0:
            theta, value, gradient, hessian = new, new_value, new_gradient, new_hessian
        elif radius < 1e-9 or abs(predicted) < 1e-14 * abs(value):
            break
        if gain < box.gain_tolerance and _little_left(theta, gradient, hessian, box):
            break
    flat = largest_gradient(theta, gradient, box) < ACCEPTED * box.n or _little_left(theta, gradient, hessian, box)
    converged = bool(np.isfinite(value) and flat)
    return Optimum(theta=theta, value=value, gradient=gradient, hessian=hessian, converged=converged)


def _little_left(theta: Array, gradient: Array, hessian: Array, box: Box) -> bool:
    """Whether the search has a `gain_tolerance`, and a step of length up to `LONG` promises little gain."""
    if box.gain_tolerance == 0:
        return False
    free = ~held_at_edge(theta, gradient, box)
    step = _inside(theta, _step(gradient, hessian, free=free, radius=LONG), box) - theta
    return bool(gradient @ step + 0.5 * step @ hessian @ step < max(box.gain_tolerance, LEFT))


def best_start(objective: Objective, starts: Sequence[Array], box: Box) -> Array:
    """Theta of the highest maximum found from several starts, (k,)."""
    ends = [maximise(objective, start, box) for start in starts]
    return max(ends, key=lambda end: end.value).theta


def _finite(objective: Objective, theta: Array) -> tuple[float, Array, Array]:
    """Objective at `theta`; minus infinity with zero derivatives where any of its numbers is not finite."""
    with np.errstate(all="ignore"):
        value, gradient, hessian = objective(theta)
    if np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all():
        return value, gradient, hessian
    return -np.inf, np.zeros_like(theta), np.zeros((len(theta), len(theta)))


def largest_gradient(theta: Array, gradient: Array, box: Box) -> float:
    """Largest absolute derivative of a parameter that is not held at a bound."""
    return float(np.max(np.abs(gradient[~held_at_edge(theta, gradient, box)]), initial=0.0))


def held_at_edge(theta: Array, gradient: Array, box: Box) -> Mask:
    """Parameters at a bound of `box` whose derivative points out of it, (k,).

    >>> held_at_edge(np.array([9.0, 9.0]), np.array([1.0, -1.0]), Box(n=1, low=np.zeros(2), high=np.full(2, 9.0)))
    array([ True, False])
    """
    return (theta <= box.low) & (gradient < 0) | (theta >= box.high) & (gradient > 0)


def _inside(theta: Array, step: Array, box: Box) -> Array:
    """Theta after `step`, which as a whole is shortened to the first bound that it meets, exactly.

    Clipping only the parameter at its bound would leave a ridge that runs into a corner: the step then gains nothing,
    and the search approaches the bound in ever smaller steps.
    """
    room = np.where(step > 0, box.high - theta, theta - box.low)
    share = np.full_like(step, np.inf)
    np.divide(room, np.abs(step), out=share, where=(np.abs(step) > room) & (room > 0))
    shortest = float(np.min(share, initial=1.0))
    new = np.clip(theta + shortest * step, box.low, box.high)
    return np.where(share <= shortest, np.where(step > 0, box.high, box.low), new)


def _step(gradient: Array, hessian: Array, *, free: Mask, radius: float) -> Array:
    """Newton step in the free parameters, an ascent direction in every eigenvector, no longer than `radius`."""
    eigenvalues, eigenvectors = np.linalg.eigh(-hessian[np.ix_(free, free)])
    floor = 1e-12 * float(np.max(np.abs([*eigenvalues, *gradient[free], 1e-9])))
    curvature = np.maximum(np.abs(eigenvalues), floor)
    newton = eigenvectors @ ((eigenvectors.T @ gradient[free]) / curvature)
    step = np.zeros_like(gradient)
    step[free] = newton * min(1.0, radius / max(float(np.linalg.norm(newton)), 1e-300))
    return step
