"""Unconstrained parameters of Gamma-Gamma."""

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.parameter_blocks import LogLinearParameters, ParameterBlock, as_matrices


@frozen(kw_only=True)
class SpendParameters(ParameterBlock):
    """(p, q, gamma) at theta = (ln p, ln(q - 1), ln(p gamma / q)); gamma in the unit of `scale`.

    q is above 1, so the population's mean order value is finite; the third is near the log of the typical order value.
    A shape of e^8 is a spread of only 1.8 %: beyond it, sums of log-gammas lose the digits that a search needs.

    >>> SpendParameters().natural(np.zeros(3), scale=30.0)
    array([ 1.,  2., 60.])
    """

    names: tuple[str, ...] = ("log_p", "log_q_above_1", "log_order_value")
    low: tuple[float, ...] = (-8.0, -12.0, -25.0)
    high: tuple[float, ...] = (8.0, 8.0, 25.0)
    together: slice = slice(1, 3)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """(p, q, gamma), (..., 3)."""
        p, q = np.exp(theta[..., 0]), 1 + np.exp(theta[..., 1])
        return np.stack([p, q, scale * np.exp(theta[..., 2]) * q / p], axis=-1)

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:
        """Theta, (..., 3); its second is minus infinity where q <= 1."""
        p, q, gamma = np.moveaxis(values, -1, 0)
        with np.errstate(divide="ignore"):
            return np.stack([np.log(p), np.log(np.maximum(q - 1, 0.0)), np.log(p * gamma / q / scale)], axis=-1)

    def jacobian(self, theta: Array) -> Array:
        """Jacobian, (..., 3, 3)."""
        p, q, gamma = np.moveaxis(self.natural(theta), -1, 0)
        share, zero = (q - 1) / q, 0 * p
        return as_matrices([[p, zero, zero], [zero, q - 1, zero], [-gamma, gamma * share, gamma]])

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Weighted Hessian, (..., 3, 3)."""
        q = self.natural(theta)[..., 1]
        up, share = gradient[..., 1] * (q - 1), (q - 1) / q
        p, _, gamma = np.moveaxis(self.natural(theta) * gradient, -1, 0)
        by_q = gamma * share
        return as_matrices([[gamma + p, -by_q, -gamma], [-by_q, by_q + up, by_q], [-gamma, by_q, gamma]])


FIRST_ORDER = LogLinearParameters(
    names=("log_first_order",), low=(-8.0,), high=(8.0,), matrix=((1,),), units=(0,), together=slice(1)
)
"""Of c, the scale of first orders relative to later ones: theta is ln c."""
