"""The buyers of a summary as arrays, with what each of their orders brings and the terms their money is counted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame
    from kundkarriar.history.purchase_rows import PurchaseRows
    from kundkarriar.scoring.terms import Terms


@frozen(kw_only=True, eq=False)
class CustomerBase:
    """Everyone in a summary; arrays hold the buyers only, prospects have a place but no numbers.

    Attributes:
        summary: all customers, in the order given.
        buyers: positions of the buyers in `summary`, (n,).
        rows: frequency, recency and T of each buyer, (n,).
        monetary_value: mean gross spend of a repeat purchase day, (n,).
        order_value: expected gross spend of a future purchase day, (n,).
        terms: margin, costs and returns of each buyer, (n,).
    """

    summary: NarrowFrame
    buyers: NDArray[np.int64]
    rows: PurchaseRows
    monetary_value: NDArray[np.float64]
    order_value: NDArray[np.float64]
    terms: Terms

    def spread(self, values: NDArray[Any], *, missing: float = np.nan) -> NDArray[np.float64]:
        """A number per buyer as a number per customer; prospects get `missing`."""
        wide = np.full(len(self.summary), missing, dtype=np.float64)
        wide[self.buyers] = values
        return wide

    def __len__(self) -> int:
        return len(self.buyers)
