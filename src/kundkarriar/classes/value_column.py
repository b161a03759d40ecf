"""The column of customer values: `net_value`, `clv`, or the one that is named."""

import numpy as np

from kundkarriar.arguments import COLUMN
from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, require_unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, numbers, refuse_rows, require
from kundkarriar.numerics.money.exact_sums import total

MONEY, PURCHASES = ("net_value", "clv"), "expected_purchases"
"""Columns of values, and that of purchases without amounts, which have no order value either."""
ORDER_VALUE = "expected_order_value"
FIRST_PURCHASE = "p_first_purchase"
"""The column that only prospects have a number in."""
LARGEST, SMALLEST = 1e100, 1e-100
"""Largest amount, and the sum of gains that counts as 0: a share of less could overflow."""


def value_column(frame: NarrowFrame, by: str | None, *, need: str, argument: str = "by") -> str:
    """The name of the column of values: `by`; if None net_value, clv, or expected_purchases where there is no money.

    `argument` is what the caller's user calls `by`.
    """
    if by is not None:
        require(frame, [COLUMN.read(by, argument)], need=need)
        return by
    found = [name for name in MONEY if name in frame.columns]
    if not found and PURCHASES in frame.columns and ORDER_VALUE not in frame.columns:
        found = [PURCHASES]
    if not found:
        raise DataError.because(
            f"{need} needs a value per customer, and finds neither `net_value` nor `clv`.",
            hint=f'name the column: {argument}="...". The DataFrame has {list(frame.columns)}.',
        )
    return found[0]


def values_of(frame: NarrowFrame, by: str | None, *, need: str) -> Array:
    """The value of each customer, (n,); NaN if missing (prospects). Ids must be there, once each."""
    require_unique_ids(frame, need=need, hint=ONE_ROW_HINT)
    return amounts_of(frame, value_column(frame, by, need=need), need=need)


def amounts_of(frame: NarrowFrame, column: str, *, need: str) -> Array:
    """A column of amounts that can be added up, (n,); NaN if missing."""
    values = numbers(frame, column, need=need, nullable=True)
    law = f"{need} needs amounts of at most {LARGEST:.0e} in `{column}`"
    hint = "no sum of money is that large: repair them."
    refuse_rows(frame, np.abs(values) > LARGEST, law, hint=hint, shown=["customer_id", column])
    return values


def class_values(frame: NarrowFrame, by: str | None, *, need: str) -> Array:
    """The value of each customer who has bought, (n,); NaN for prospects, whose value is that of a first purchase."""
    values = values_of(frame, by, need=need)
    if FIRST_PURCHASE in frame.columns:
        prospect = np.isfinite(numbers(frame, FIRST_PURCHASE, need=need, nullable=True))
        values = np.where(prospect, np.nan, values)
    return values


def refuse_no_gains(values: Array, frame: NarrowFrame, by: str | None, *, need: str) -> None:
    """Refuse `values`, (n,), of which none is positive."""
    if not (values > SMALLEST).any():
        raise DataError.because(
            f"{need} needs a customer whose `{value_column(frame, by, need=need)}` is positive.",
            hint="without a positive value there is nothing to share out.",
        )


def shares_of(amounts: Array, *, values: Array) -> Array:
    """The amounts, (k,), as shares of the sum of the positive `values`, (n,); NaN where there is nothing to share."""
    positive = total(values[values > 0])
    return amounts / positive if positive > SMALLEST else np.full(len(amounts), np.nan)
