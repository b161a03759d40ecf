"""Maximisation of a smooth function by BFGS within bounds, from its gradient.

Nocedal & Wright (2006), "Numerical Optimization", algorithm 6.1, with a dense inverse Hessian of a few dozen
parameters. scipy's L-BFGS-B calls threaded linear algebra for products of a few dozen numbers, which is slower.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.newton import Box, held_at_edge

ValueAndGradient: TypeAlias = Callable[[Array], tuple[float, Array]]

ARMIJO = 1e-4
"""A step is accepted where it gains this share of its linear prediction."""
SHORTEST = 2.0**-30
LONGEST = 2.0
"""Largest change of a parameter in a step: all are logits and logarithms."""


def maximise_bfgs(
    objective: ValueAndGradient, start: Array, box: Box, *, max_steps: int, inverse_hessian: Array | None = None
) -> tuple[Array, float, Array]:
    """The maximum found, (k,), its value, and the gradient there, 0 in parameters held at a bound.

    `objective` takes theta (k,) to (value, gradient (k,)). The search stops where every free derivative is below the
    tolerance of `box`; `inverse_hessian` (k, k) is a first guess of the inverse of minus the Hessian.
    """
    theta = np.clip(start, box.low, box.high)
    value, gradient = objective(theta)
    for _ in range(max_steps):
        held = held_at_edge(theta, gradient, box)
        uphill = np.where(held, 0.0, gradient)
        if np.max(np.abs(uphill), initial=0.0) < box.gradient_tolerance:
            break
        direction = uphill if inverse_hessian is None else np.where(held, 0.0, inverse_hessian @ uphill)
        if not direction @ gradient > 0:
            inverse_hessian, direction = None, uphill
        direction = direction * min(1.0, LONGEST / float(np.max(np.abs(direction))))
        after = _line_search(objective, theta, value, gradient, direction=direction, box=box)
        if after is None:
            if inverse_hessian is None:
                break
            inverse_hessian = None
            continue
        inverse_hessian = _bfgs_update(inverse_hessian, after[0] - theta, gradient - after[2])
        theta, value, gradient = after
    return theta, value, np.where(held_at_edge(theta, gradient, box), 0.0, gradient)


def _line_search(
    objective: ValueAndGradient, theta: Array, value: float, gradient: Array, *, direction: Array, box: Box
) -> tuple[Array, float, Array] | None:
    """Theta after a step along `direction`, halved until it gains enough, with value and gradient; None without one."""
    share = 1.0
    while share > SHORTEST:
        new = np.clip(theta + share * direction, box.low, box.high)
        new_value, new_gradient = objective(new)
        if new_value >= value + ARMIJO * float(gradient @ (new - theta)) and new_value > value:
            return new, new_value, new_gradient
        share /= 2.0
    return None


def _bfgs_update(inverse_hessian: Array | None, step: Array, gradient_change: Array) -> Array | None:
    """Inverse Hessian after a step; unchanged where the objective is not concave along the step."""
    along = float(step @ gradient_change)
    if along <= 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(gradient_change)):
        return inverse_hessian
    unit = np.eye(len(step))
    if inverse_hessian is None:
        inverse_hessian = unit * (along / float(gradient_change @ gradient_change))
    left = unit - np.outer(step, gradient_change) / along
    return np.asarray(left @ inverse_hessian @ left.T + np.outer(step, step) / along)
