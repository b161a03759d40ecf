"""Unconstrained parameters of the lifetime of GGompertz/NBD: those of Pareto/NBD, and the ageing."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.parameter_blocks import clip_efolds


@frozen(kw_only=True)
class GompertzParameters:
    """(b, s, beta) of a gamma mixture of Gompertz lifetimes: theta = (ln(s b / beta), ln s, ln b).

    The first is the log mean dropout rate at age 0. As ln b falls, the first two become those of the gamma over dropout
    rates in Pareto/NBD.

    >>> GompertzParameters().natural(np.array([0.0, 0.0, 0.0]), scale=39.0) * np.array([39.0, 1.0, 1.0])
    array([1., 1., 1.])
    """

    names: tuple[str, str, str] = ("log_mean_leaving", "log_s", "log_ageing")
    low: tuple[float, float, float] = (-25.0, -10.0, -14.0)
    high: tuple[float, float, float] = (25.0, 12.0, 3.0)
    positive: tuple[bool, bool, bool] = (True, True, True)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """(b, s, beta), (..., 3); b in the unit of `scale`."""
        log_mean_dropout, s, ageing = np.moveaxis(theta, -1, 0)
        return np.stack([np.exp(ageing) / scale, np.exp(s), np.exp(s + ageing - log_mean_dropout)], axis=-1)

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:
        """Theta of (b, s, beta), (..., 3): the inverse of `natural`."""
        b, s, beta = np.moveaxis(values, -1, 0)
        return np.stack([np.log(s * b * scale / beta), np.log(s), np.log(b * scale)], axis=-1)

    def clipped(self, values: Array) -> Array:
        """Parameters brought inside e^-28..e^28 at the same mean dropout rate, (..., 3)."""
        return clip_efolds(values, together=slice(1, 3))

    def jacobian(self, theta: Array) -> Array:
        """Derivatives of (b, s, beta) in theta, (..., 3, 3): parameter by element of theta."""
        b, s, beta = np.moveaxis(self.natural(theta), -1, 0)
        rows = [[0 * b, 0 * b, b], [0 * b, s, 0 * b], [-beta, beta, beta]]
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Second derivatives of (b, s, beta) in theta, summed with the weights `gradient`, (..., 3, 3)."""
        b, s, beta = np.moveaxis(self.natural(theta) * gradient, -1, 0)
        rows = [[beta, -beta, -beta], [-beta, beta + s, beta], [-beta, beta, beta + b]]
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
