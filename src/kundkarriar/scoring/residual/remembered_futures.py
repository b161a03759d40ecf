"""`RememberedFutures`: a purchase model that computes what lies ahead of the same rows once, for several scores."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from kundkarriar.models.interface.futures import Ahead, ResidualExpectation
from kundkarriar.models.interface.protocols import residuals_of
from kundkarriar.summaries.purchase_rows import PurchaseRows


@frozen(kw_only=True, eq=False)
class RememberedFutures:
    """A fitted model that can discount, asked of the rows of one base; see `DiscountsTogether`.

    Attributes:
        model: the fitted model.
        also: horizons and discount rates of later questions, which are answered together with the first.
    """

    model: Any
    also: Ahead
    _known: dict[tuple[float, float], ResidualExpectation] = field(factory=dict, repr=False)

    @property
    def period(self) -> str:
        """The unit of time of the model."""
        return str(self.model.period)

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> ResidualExpectation:
        """What the model gives; see `Discounts`."""
        return self.residuals(rows, ahead=((horizon, discount_rate),))[0]

    def residuals(self, rows: PurchaseRows, *, ahead: Ahead) -> tuple[ResidualExpectation, ...]:
        """What the model gives for several horizons and discount rates."""
        if missing := [each for each in ahead if each not in self._known]:
            asked = [*dict.fromkeys([*missing, *(each for each in self.also if each not in self._known)])]
            self._known.update(zip(asked, residuals_of(self.model, rows, ahead=asked), strict=True))
        return tuple(self._known[each] for each in ahead)
