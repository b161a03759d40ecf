"""Unconstrained parameters of the gamma (r, alpha) over stage rates; the first is the log mean rate of purchases."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.parameter_blocks import PURCHASE_RATES


@frozen(kw_only=True)
class StageRateParameters:
    """(r, alpha) of a gamma over stage rates, k stages a purchase: theta = (ln(r / (k alpha)), ln r).

    A prior on the mean purchase rate is then the same for every k.

    Attributes:
        k: Erlang stages of a gap between purchases.

    >>> StageRateParameters(k=3).natural(np.array([0.0, 0.0]), scale=39.0)
    array([ 1., 13.])
    """

    k: int

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the unconstrained parameters: those of every purchase model."""
        return PURCHASE_RATES.names

    @property
    def positive(self) -> tuple[bool, ...]:
        """Both parameters are above 0."""
        return PURCHASE_RATES.positive

    @property
    def low(self) -> tuple[float, ...]:
        """Lower bounds."""
        return PURCHASE_RATES.low

    @property
    def high(self) -> tuple[float, ...]:
        """Upper bounds."""
        return PURCHASE_RATES.high

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """(r, alpha), (..., 2)."""
        return PURCHASE_RATES.natural(theta, scale=scale / self.k)

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:
        """Unconstrained parameters of (r, alpha), (..., 2)."""
        return PURCHASE_RATES.unconstrained(values, scale=scale / self.k)

    def clipped(self, values: Array) -> Array:
        """(r, alpha) clipped to e^-28..e^28 at the same mean rate, (..., 2)."""
        return PURCHASE_RATES.clipped(values)

    def jacobian(self, theta: Array) -> Array:
        """Jacobian at scale 1, (..., 2, 2)."""
        return np.asarray(PURCHASE_RATES.jacobian(theta) / np.array([[1.0], [self.k]]))

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Sum of the Hessians of r and alpha, weighted by `gradient`, (..., 2, 2)."""
        return PURCHASE_RATES.hessian(theta, gradient / np.array([1.0, self.k]))
