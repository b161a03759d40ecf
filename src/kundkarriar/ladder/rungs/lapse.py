"""Lapse: a customer has not bought for longer than the customer's own gaps between purchases allow."""

from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import NOT_NEGATIVE, POSITIVE, refusal, to_float
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.errors import DataError
from kundkarriar.foreign_objects import array_from
from kundkarriar.stored import Stored

HINT = "a row per customer, as kk.facts has them."
LONGEST = 1e9
"""A gap in days beyond any."""


@frozen(kw_only=True)
class Lapse(Stored):
    """When a customer counts as lapsed: after more days without a purchase than the customer's own gaps allow.

    Allowed are the larger of `days` and `gaps` times the mean gap between purchase days.

    Attributes:
        days: days without a purchase that are always allowed.
        gaps: how many mean gaps are allowed.
        single: days allowed after a single purchase, which has no gap.

    >>> Lapse().of(days_since_purchase=np.array([181.0, 181.0, 270.0]),
    ...            purchase_days=np.array([5, 5, 1]), typical_gap=np.array([30.0, 90.0, np.nan])).tolist()
    [True, False, False]
    """

    stored_as = "lapse"
    days: float = field(default=180.0, converter=to_float, validator=POSITIVE)
    gaps: float = field(default=3.0, converter=to_float, validator=NOT_NEGATIVE)
    single: float = field(default=270.0, converter=to_float, validator=POSITIVE)

    needs = ("days_since_purchase", "purchase_days", "typical_gap")

    def of(self, *, days_since_purchase: Array, purchase_days: Array | Whole, typical_gap: Array) -> Mask:
        """Whether each customer is lapsed, (n,). Prospects, who never bought, are not.

        Args:
            days_since_purchase: days since the last purchase, NaN without a purchase, (n,).
            purchase_days: number of purchase days, (n,).
            typical_gap: mean days between purchase days, NaN for fewer than two, (n,).
        """
        silent, days, gap = _aligned(
            days_since_purchase=days_since_purchase, purchase_days=purchase_days, typical_gap=typical_gap
        )
        lapsed: Mask = silent > self._allowed(days, gap)  # what is missing is not
        return lapsed

    def allowed(self, *, purchase_days: Array | Whole, typical_gap: Array) -> Array:
        """The most days without a purchase before each customer counts as lapsed, (n,)."""
        return self._allowed(*_aligned(purchase_days=purchase_days, typical_gap=typical_gap))

    def _allowed(self, purchase_days: Array, typical_gap: Array) -> Array:
        allowed = np.empty(np.shape(typical_gap))  # filled in place, as there are many customers
        np.fmin(np.fmax(typical_gap, 0.0, out=allowed), LONGEST, out=allowed)
        np.maximum(np.multiply(allowed, self.gaps, out=allowed), self.days, out=allowed)
        np.copyto(allowed, self.single, where=~(purchase_days > 1))
        return allowed


def _aligned(**given: Any) -> list[Array]:
    """Arrays of numbers of one shape."""
    arrays = {}
    for name, values in given.items():
        array = array_from(values)
        if array is None or array.dtype.kind not in "iuf":
            raise refusal(values, name, law="an array of numbers", hint=HINT)
        arrays[name] = array
    try:
        return list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = {name: array.shape for name, array in arrays.items()}
        raise DataError.because(f"arrays must be of one length, got {shapes}.", hint=HINT) from None
