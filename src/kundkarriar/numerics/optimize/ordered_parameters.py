"""Strictly increasing parameters and their unconstrained parameters: the first one, then the logs of the gaps."""

import numpy as np

from kundkarriar.arrays import Array

LEAST_GAP = 1e-5


def ordered(free: Array) -> Array:
    """Increasing parameters of unconstrained ones, (..., k).

    >>> ordered(np.array([1.0, 0.0, 0.0]))
    array([1., 2., 3.])
    """
    return np.cumsum(np.concatenate([free[..., :1], np.exp(free[..., 1:])], axis=-1), axis=-1)


def unconstrained(values: Array) -> Array:
    """Unconstrained parameters of increasing ones, (..., k); a gap below `LEAST_GAP` counts as `LEAST_GAP`.

    >>> unconstrained(np.array([1.0, 2.0, 3.0]))
    array([1., 0., 0.])
    """
    gaps = np.maximum(np.diff(values, axis=-1), LEAST_GAP)
    return np.concatenate([values[..., :1], np.log(gaps)], axis=-1)


def gradient_in_unconstrained(free: Array, gradient: Array) -> Array:
    """Gradient in the unconstrained parameters, from the gradient in the increasing ones, (..., k): the chain rule."""
    above = np.cumsum(gradient[..., ::-1], axis=-1)[..., ::-1]
    return np.concatenate([above[..., :1], above[..., 1:] * np.exp(free[..., 1:])], axis=-1)
