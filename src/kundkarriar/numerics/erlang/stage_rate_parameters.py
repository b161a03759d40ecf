"""The coordinates of (r, alpha) where alpha is the rate of stages: the first is still the mean rate of purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kundkarriar.numerics.optimize.unconstrained_parameters import PURCHASE_RATES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@frozen(kw_only=True)
class StageRates:
    """(r, alpha) of a gamma over stage rates, k stages a purchase: theta = (ln(r / (k alpha)), ln r).

    A prior on purchases then says the same for every k.

    Attributes:
        k: stages of a gap.

    >>> StageRates(k=3).natural(np.array([0.0, 0.0]), scale=39.0)
    array([ 1., 13.])
    """

    k: int

    @property
    def names(self) -> tuple[str, ...]:
        """Those of every purchase model."""
        return PURCHASE_RATES.names

    @property
    def positive(self) -> tuple[bool, ...]:
        """Both parameters are above 0."""
        return PURCHASE_RATES.positive

    @property
    def low(self) -> tuple[float, ...]:
        """Lower edges of the search."""
        return PURCHASE_RATES.low

    @property
    def high(self) -> tuple[float, ...]:
        """Upper edges."""
        return PURCHASE_RATES.high

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """(r, alpha), (..., 2)."""
        return PURCHASE_RATES.natural(theta, scale=scale / self.k)

    def working(self, values: Array, *, scale: float = 1.0) -> Array:
        """The coordinates of (r, alpha), (..., 2)."""
        return PURCHASE_RATES.working(values, scale=scale / self.k)

    def within(self, values: Array) -> Array:
        """Inside e^-28..e^28 at the same mean rate, (..., 2)."""
        return PURCHASE_RATES.within(values)

    def slopes(self, theta: Array) -> Array:
        """Parameter by coordinate at scale 1, (..., 2, 2)."""
        return np.asarray(PURCHASE_RATES.slopes(theta) / np.array([[1.0], [self.k]]))

    def bend(self, theta: Array, gradient: Array) -> Array:
        """Second slopes under `gradient`, (..., 2, 2)."""
        return PURCHASE_RATES.bend(theta, gradient / np.array([1.0, self.k]))
