"""Coordinates in which the likelihoods of repeat buying are searched and their uncertainty is nearly normal.

theta = (ln(r / alpha), ln r, logit phi, ln kappa), with phi = a / (a + b), kappa = a + b; the first two alone
for NBD. Time is measured in a scale (the median age), so theta has no unit: exp of the first is the mean
number of purchases in a median age. Unlike (r, alpha, a, b), these are almost uncorrelated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NAMES = ("log_mean_purchases", "log_r", "logit_phi", "log_kappa")
LOW = np.array([-25.0, -10.0, -25.0, -12.0])
HIGH = np.array([25.0, 12.0, 25.0, 14.0])


def natural(theta: Array, *, scale: float = 1.0) -> Array:
    """(r, alpha) or (r, alpha, a, b) at `theta`, (..., k); alpha in the unit of `scale`.

    >>> natural(np.array([0.0, 0.0, 0.0, 0.0]), scale=39.0)
    array([ 1. , 39. ,  0.5,  0.5])
    """
    r = np.exp(theta[..., 1])
    parts = [r, scale * np.exp(theta[..., 1] - theta[..., 0])]
    if theta.shape[-1] == 4:
        kappa = np.exp(theta[..., 3])
        parts += [kappa * expit(theta[..., 2]), kappa * expit(-theta[..., 2])]
    return np.stack(parts, axis=-1)


def working(values: Array, *, scale: float = 1.0) -> Array:
    """The coordinates of (r, alpha) or (r, alpha, a, b), (k,): the inverse of `natural`."""
    r, alpha = values[0], values[1] / scale
    theta = [np.log(r / alpha), np.log(r)]
    if len(values) == 4:
        theta += [np.log(values[2] / values[3]), np.log(values[2] + values[3])]
    return np.array(theta)


def jacobian(theta: Array) -> Array:
    """Slopes of (r, alpha[, a, b]) in theta at scale 1, (k, k): parameter by coordinate."""
    k = len(theta)
    values = natural(theta)
    r, alpha = values[:2]
    slopes = np.zeros((k, k))
    slopes[0, 1], slopes[1, 0], slopes[1, 1] = r, -alpha, alpha
    if k == 4:
        a, b = values[2:]
        mix = a * b / (a + b)
        slopes[2, 2:], slopes[3, 2:] = (mix, a), (-mix, b)
    return slopes


def curvature(theta: Array, gradient: Array) -> Array:
    """What the bend of the coordinates adds to a Hessian, (k, k): gradient in (r, alpha[, a, b]) times it."""
    k = len(theta)
    values = natural(theta)
    bend = np.zeros((k, k))
    towards_r, towards_alpha = gradient[0] * values[0], gradient[1] * values[1]
    bend[:2, :2] = [[towards_alpha, -towards_alpha], [-towards_alpha, towards_alpha + towards_r]]
    if k == 4:
        a, b = values[2:]
        mix = a * b / (a + b) * (gradient[2] - gradient[3])
        tilt = mix * (b - a) / (a + b)
        bend[2:, 2:] = [[tilt, mix], [mix, gradient[2] * a + gradient[3] * b]]
    return bend


def in_working(theta: Array, total: tuple[float, Array, Array]) -> tuple[float, Array, Array]:
    """A log-likelihood with derivatives in (r, alpha[, a, b]) turned into one with derivatives in theta."""
    value, gradient, hessian = total
    slopes = jacobian(theta)
    return value, slopes.T @ gradient, slopes.T @ hessian @ slopes + curvature(theta, gradient)
