"""Unconstrained parameters of Gamma-Gamma."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.parameter_blocks import clip_efolds
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters


@frozen(kw_only=True)
class SpendParameters:
    """(p, q, gamma) at theta = (ln p, ln(q - 1), ln(p gamma / q)); gamma in the unit of `scale`.

    q is above 1, so the population's mean order value is finite; the third is near the log of the typical order value.
    A shape of e^8 is a spread of only 1.8 %: beyond it, sums of log-gammas lose the digits that a search needs.

    >>> SpendParameters().natural(np.zeros(3), scale=30.0)
    array([ 1.,  2., 60.])
    """

    names: tuple[str, str, str] = ("log_p", "log_q_above_1", "log_order_value")
    low: tuple[float, float, float] = (-8.0, -12.0, -25.0)
    high: tuple[float, float, float] = (8.0, 8.0, 25.0)
    positive: tuple[bool, bool, bool] = (True, True, True)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """(p, q, gamma), (..., 3)."""
        p, q = np.exp(theta[..., 0]), 1 + np.exp(theta[..., 1])
        return np.stack([p, q, scale * np.exp(theta[..., 2]) * q / p], axis=-1)

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:
        """Theta of (p, q, gamma), (..., 3): the inverse of `natural`; its second is minus infinity where q <= 1."""
        p, q, gamma = np.moveaxis(values, -1, 0)
        above = np.where(q > 1, q - 1, 0.0)
        with np.errstate(divide="ignore"):
            return np.stack([np.log(p), np.log(above), np.log(p * gamma / q / scale)], axis=-1)

    def clipped(self, values: Array) -> Array:
        """Parameters brought inside e^-28..e^28 at the same p gamma / q, (..., 3)."""
        return clip_efolds(values, together=slice(1, 3))

    def jacobian(self, theta: Array) -> Array:
        """Derivatives of (p, q, gamma) in theta, (..., 3, 3): parameter by element of theta."""
        p, q, gamma = np.moveaxis(self.natural(theta), -1, 0)
        up, share, zero = q - 1, (q - 1) / q, 0 * p
        return _at_each_point([[p, zero, zero], [zero, up, zero], [-gamma, gamma * share, gamma]])

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Second derivatives of (p, q, gamma) in theta, summed with the weights `gradient`, (..., 3, 3)."""
        q = self.natural(theta)[..., 1]
        up, share = gradient[..., 1] * (q - 1), (q - 1) / q
        p, _, gamma = np.moveaxis(self.natural(theta) * gradient, -1, 0)
        return _at_each_point(
            [
                [gamma + p, -gamma * share, -gamma],
                [-gamma * share, gamma * share + up, gamma * share],
                [-gamma, gamma * share, gamma],
            ]
        )


def _at_each_point(rows: list[list[Array]]) -> Array:
    """Array of matrices (..., 3, 3) from a matrix of arrays (...)."""
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


UNCONSTRAINED = UnconstrainedParameters(blocks=(SpendParameters(),))
