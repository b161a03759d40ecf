"""`OwnPrice`: every customer has a price of their own, which does not vary from order to order."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import Number, to_float
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, add_columns
from kundkarriar.models.covariates.columns import check_unread
from kundkarriar.models.fitting.spend_rows import LARGEST, SMALLEST, SpendRows, read_spend_rows
from kundkarriar.models.interface.columns_read import spend_columns
from kundkarriar.models.spend.constant_spend import ConstantSpend
from kundkarriar.stored import Stored
from kundkarriar.summaries.lazy.fit_on_distinct import fit_on_distinct
from kundkarriar.summaries.lazy.row_by_row import row_by_row
from kundkarriar.summaries.required_weights import refuse_unweighted_rows

PRICE = Number(least=SMALLEST, most=LARGEST, example=9.9)


@frozen(kw_only=True)
class FittedOwnPrice(ConstantSpend):
    """Every customer pays the mean of their known orders; those of whom none is known, the mean price.

    Attributes:
        mean_price: the mean price of a customer, above 0.

    >>> import pandas as pd
    >>> seen = pd.DataFrame({"frequency": [0, 0, 3], "first_value": [9.9, None, 19.9], "monetary_value": [0, 0, 19.9]})
    >>> FittedOwnPrice(mean_price=14.9).predict(seen)["expected_order_value"].tolist()
    [9.9, 14.9, 19.9]
    """

    mean_price: float = field(converter=to_float, validator=PRICE)

    @row_by_row(spend_columns)
    def predict(self, summary: FrameT, *, customers: Any = None) -> FrameT:
        """Add `expected_order_value`, the customer's own price; see `kk.FittedSpendModel`.

        `summary` has frequency, first_value and monetary_value; `customers` is not read.
        """
        values = self.price_of(*self.read_spend(summary, customers=customers, need="OwnPrice.predict"))
        return add_columns(summary, {"expected_order_value": values})

    def read_spend(self, summary: Any, *, customers: Any = None, need: str | None = None) -> tuple[Array, Array]:
        """Number and mean of the known orders of each row, (n,) each."""
        need = need or "OwnPrice.read_spend"
        check_unread(customers, need=need)
        rows = read_spend_rows(summary, need=need, first_order=True)
        return rows.orders, rows.mean(1.0)

    def price_of(self, frequency: Array, monetary_value: Array) -> Array:
        """The mean of the known orders, (n,); the mean price where there is none."""
        known = (np.asarray(frequency) > 0) & (np.asarray(monetary_value) > 0)
        return np.where(known, monetary_value, self.mean_price)

    def priced(self) -> tuple[str, float]:
        """The mean price."""
        return "mean_price", self.mean_price


@frozen(kw_only=True)
class OwnPrice(Stored):
    """The specification of a price for each customer: orders of one customer do not differ, customers do.

    A shop of subscriptions, say. The scorer takes it in place of a plain `kk.GammaGamma()` where the orders of a
    customer differ by less than 1.8 % of their mean.

    >>> import pandas as pd
    >>> seen = pd.DataFrame({"frequency": [0, 3], "first_value": [10, 20], "monetary_value": [0, 20]})
    >>> OwnPrice().fit(seen)
    FittedOwnPrice(mean_price=15.0)
    """

    @fit_on_distinct(spend_columns)
    def fit(self, summary: Any, *, weights: str | None = None) -> FittedOwnPrice:
        """Take the mean price of customers.

        Args:
            summary: one row per customer, as from `kk.summarize`: frequency, first_value, monetary_value.
            weights: column with the number of customers of a row.

        Raises:
            DataError: text, missing or impossible values; no order of a value above 0.
        """
        refuse_unweighted_rows(summary, need="OwnPrice.fit", weights=weights)
        return FittedOwnPrice(mean_price=mean_price(priced_rows(summary, need="OwnPrice.fit", weights=weights)))


def mean_price(rows: SpendRows) -> float:
    """The mean over customers of the mean of their orders."""
    return float(np.average(rows.mean(1.0), weights=rows.weights))


def priced_rows(summary: Any, *, need: str, weights: str | None) -> SpendRows:
    """The rows with a known order; without any refused."""
    rows = read_spend_rows(summary, need=need, weights=weights, first_order=True).priced().ordered()
    if not len(rows):
        raise DataError.because(
            f"{need} needs at least one order of a value above 0.", hint="spend=None counts purchases without amounts."
        )
    return rows
