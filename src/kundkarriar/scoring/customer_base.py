"""The buyers of a summary as arrays, with what each of their orders brings and the terms their money is counted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame
    from kundkarriar.history.summary.purchase_rows import CheckedSummary, PurchaseRows
    from kundkarriar.scoring.terms import Terms
    from kundkarriar.season.clock import SeasonClock


@frozen(kw_only=True, eq=False)
class CustomerBase:
    """Everyone in a summary; arrays hold the buyers only, prospects have a place but no numbers.

    Attributes:
        summary: all customers, in the order given, their ids plain.
        checked: frequency, recency and T of each buyer, (n,), and where the buyers stand in `summary`.
        monetary_value: mean gross spend of a repeat purchase day, (n,).
        order_value: expected gross spend of a future purchase day, (n,).
        terms: margin, costs and returns of each buyer, (n,).
        clock: how the time of `checked` is warped; None: it is the calendar's.
    """

    summary: NarrowFrame
    checked: CheckedSummary
    monetary_value: NDArray[np.float64]
    order_value: NDArray[np.float64]
    terms: Terms
    clock: SeasonClock | None = None

    @property
    def rows(self) -> PurchaseRows:
        """Frequency, recency and T of each buyer, (n,)."""
        return self.checked.rows

    @property
    def buyers(self) -> NDArray[np.int64]:
        """Positions of the buyers in `summary`, (n,)."""
        return self.checked.position

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A number per buyer as a number per customer; prospects are missing (NaN)."""
        return self.checked.spread(values)

    def equals(self, other: CustomerBase) -> bool:
        """Whether `other` holds the same customers in the same order, with the same history on the same terms."""
        mine, theirs = self._numbers(), other._numbers()
        same = self.clock == other.clock and all(
            np.array_equal(one, two) for one, two in zip(mine, theirs, strict=True)
        )
        return same and self.summary["customer_id"].to_list() == other.summary["customer_id"].to_list()

    def _numbers(self) -> tuple[NDArray[np.float64], ...]:
        rows = self.rows
        history = (rows.x, rows.t_x, rows.T, rows.covariates)
        return (*history, self.monetary_value, self.order_value, *self.terms.all().values())

    def __len__(self) -> int:
        return len(self.buyers)
