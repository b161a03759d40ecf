"""Derivatives by central differences."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kundkarriar.arrays import Array


def derivatives(function: Callable[[Array], Any], at: Array, *, step: float) -> Array:
    """Derivative of a function of (k,) in each element, (k, ...).

    >>> derivatives(lambda theta: theta**2, np.array([1.0, 2.0]), step=1e-4).round(6)
    array([[2., 0.],
           [0., 4.]])
    """
    steps = np.eye(len(at)) * step
    return np.stack([np.asarray(function(at + one)) - function(at - one) for one in steps]) / (2 * step)


def hessian(value_and_gradient: Callable[[Array], tuple[float, Array]], at: Array, *, step: float) -> Array:
    """Hessian of a function that returns its value and gradient, (k, k), by differences of the gradient."""
    rows = derivatives(lambda theta: value_and_gradient(theta)[1], at, step=step)
    return np.asarray((rows + rows.T) / 2)
