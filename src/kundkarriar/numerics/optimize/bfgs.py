"""Maximisation of a smooth function by BFGS within bounds, from its gradient.

Nocedal & Wright (2006), "Numerical Optimization", algorithm 6.1, with a dense inverse Hessian of a few dozen
parameters. scipy's L-BFGS-B calls threaded linear algebra for products of a few dozen numbers, which is slower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from kundkarriar.arrays import Array

ValueAndGradient: TypeAlias = Callable[[Array], tuple[float, Array]]

ARMIJO = 1e-4
"""A step is accepted where it gains this share of its linear prediction."""
SHORTEST = 2.0**-30
LONGEST = 2.0
"""Largest change of a parameter in a step: all are logits and logarithms."""


def maximise_bfgs(
    objective: ValueAndGradient,
    start: Array,
    *,
    low: Array,
    high: Array,
    max_steps: int,
    gradient_tolerance: float,
    inverse_hessian: Array | None = None,
) -> tuple[Array, float, Array]:
    """The maximum found, (k,), its value, and the gradient there, 0 in parameters held at a bound.

    Args:
        objective: theta (k,) to (value, gradient (k,)).
        start: first theta, (k,).
        low: lower bounds, (k,).
        high: upper bounds, (k,).
        max_steps: largest number of steps.
        gradient_tolerance: the search stops where every free derivative is below it.
        inverse_hessian: first guess of the inverse of minus the Hessian, (k, k).

    >>> def hill(theta):
    ...     return -float(theta @ theta), -2 * theta
    >>> search = {"low": np.full(2, -9.0), "high": np.full(2, 9.0), "max_steps": 50, "gradient_tolerance": 1e-9}
    >>> maximise_bfgs(hill, np.ones(2), **search)[0].round(6) + 0.0
    array([0., 0.])
    """
    theta = np.clip(start, low, high)
    value, gradient = objective(theta)
    for _ in range(max_steps):
        free = ~(((theta <= low) & (gradient < 0)) | ((theta >= high) & (gradient > 0)))
        if np.max(np.abs(gradient[free]), initial=0.0) < gradient_tolerance:
            break
        direction = (
            np.where(free, gradient, 0.0)
            if inverse_hessian is None
            else np.where(free, inverse_hessian @ np.where(free, gradient, 0.0), 0.0)
        )
        if not direction @ gradient > 0:
            inverse_hessian, direction = None, np.where(free, gradient, 0.0)
        direction *= min(1.0, LONGEST / float(np.max(np.abs(direction))))
        new, new_value, new_gradient = _line_search(
            objective, theta, value, gradient, direction=direction, low=low, high=high
        )
        if new is None:
            if inverse_hessian is None:
                break
            inverse_hessian = None
            continue
        step, gradient_change = new - theta, gradient - new_gradient
        inverse_hessian = _bfgs_update(inverse_hessian, step, gradient_change)
        theta, value, gradient = new, new_value, new_gradient
    free = ~(((theta <= low) & (gradient < 0)) | ((theta >= high) & (gradient > 0)))
    return theta, value, np.where(free, gradient, 0.0)


def _line_search(
    objective: ValueAndGradient,
    theta: Array,
    value: float,
    gradient: Array,
    *,
    direction: Array,
    low: Array,
    high: Array,
) -> tuple[Array | None, float, Array]:
    """Theta after a step along `direction`, halved until it gains enough, with value and gradient; None without one."""
    share = 1.0
    while share > SHORTEST:
        new = np.clip(theta + share * direction, low, high)
        new_value, new_gradient = objective(new)
        if new_value >= value + ARMIJO * float(gradient @ (new - theta)) and new_value > value:
            return new, new_value, new_gradient
        share /= 2.0
    return None, value, gradient


def _bfgs_update(inverse_hessian: Array | None, step: Array, gradient_change: Array) -> Array | None:
    """Inverse Hessian after a step; unchanged where the objective is not concave along the step."""
    along = float(step @ gradient_change)
    if along <= 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(gradient_change)):
        return inverse_hessian
    k = len(step)
    before = (
        np.eye(k) * (along / float(gradient_change @ gradient_change)) if inverse_hessian is None else inverse_hessian
    )
    left = np.eye(k) - np.outer(step, gradient_change) / along
    return np.asarray(left @ before @ left.T + np.outer(step, step) / along)
