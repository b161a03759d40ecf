"""`FixedPrice`: all orders of all customers have one price."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import to_float
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, add_columns
from kundkarriar.models.fitting.spend_rows import SpendRows, read_spend_rows
from kundkarriar.models.interface.columns_read import spend_columns
from kundkarriar.models.spend.constant_spend import ConstantSpend
from kundkarriar.models.spend.own_price import PRICE, priced_rows
from kundkarriar.numerics.gamma_gamma.constant_price import equal_price
from kundkarriar.stored import Stored
from kundkarriar.summaries.lazy.fit_on_distinct import fit_on_distinct
from kundkarriar.summaries.lazy.row_by_row import row_by_row
from kundkarriar.summaries.required_weights import refuse_unweighted_rows


@frozen(kw_only=True)
class FittedFixedPrice(ConstantSpend):
    """All orders are of one price, which is known.

    Attributes:
        price: above 0.

    >>> import pandas as pd
    >>> seen = pd.DataFrame({"frequency": [0, 3], "monetary_value": [0, 9.9]})
    >>> FittedFixedPrice(price=9.9).predict(seen)["expected_order_value"].tolist()
    [9.9, 9.9]
    """

    price: float = field(converter=to_float, validator=PRICE)

    @row_by_row(spend_columns)
    def predict(self, summary: FrameT) -> FrameT:
        """Add `expected_order_value`, the price; `summary` has frequency and monetary_value, which are checked."""
        rows = read_spend_rows(summary, need="FixedPrice.predict")
        return add_columns(summary, {"expected_order_value": np.full(len(rows), self.price)})

    def price_of(self, frequency: Array, monetary_value: Array) -> Array:  # noqa: ARG002
        """The price of each row, (n,)."""
        return np.full(len(frequency), self.price)

    def priced(self) -> tuple[str, float]:
        """The price."""
        return "price", self.price


@frozen(kw_only=True)
class FixedPrice(Stored):
    """The specification of one price for all orders of all customers. It has no parameters to estimate.

    The scorer takes it in place of a plain `kk.GammaGamma()` where all orders are equal. A price that is known is given
    as `kk.FittedFixedPrice(price=9.9)`.

    >>> import pandas as pd
    >>> seen = pd.DataFrame({"frequency": [0, 3], "first_value": [9.9, 9.9], "monetary_value": [0, 9.9]})
    >>> FixedPrice().fit(seen)
    FittedFixedPrice(price=9.9)
    """

    @fit_on_distinct(spend_columns)
    def fit(self, summary: Any, *, weights: str | None = None) -> FittedFixedPrice:
        """Read the price.

        Args:
            summary: one row per customer, as from `kk.summarize`: frequency, first_value, monetary_value.
            weights: column with the number of customers of a row.

        Raises:
            DataError: text, missing or impossible values; orders that differ; no order of a value above 0.
        """
        refuse_unweighted_rows(summary, need="FixedPrice.fit", weights=weights)
        rows = priced_rows(summary, need="FixedPrice.fit", weights=weights)
        price = one_price(rows)
        if price is None:
            values = amounts(rows)
            raise DataError.because(
                f"FixedPrice.fit needs orders of one price; these are from {values.min():g} to {values.max():g}.",
                hint="kk.OwnPrice() has a price for each customer, kk.GammaGamma(first_order=True) orders that vary.",
            )
        return FittedFixedPrice(price=price)


def one_price(rows: SpendRows) -> float | None:
    """The price of all orders; None where they differ."""
    return equal_price(amounts(rows))


def amounts(rows: SpendRows) -> Array:
    """All first orders and mean values of later ones that are known, (m,)."""
    return np.concatenate([rows.first[rows.first > 0], rows.m[rows.x > 0]])
