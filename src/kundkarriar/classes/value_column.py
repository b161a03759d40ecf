"""The column of customer values: `net_value`, `clv`, or the one that is named."""

from __future__ import annotations

import numpy as np

from kundkarriar.arguments import COLUMN
from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, require_unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, numbers, require, rows_where
from kundkarriar.numerics.money.exact_sums import total

FIRST_CHOICE = ("net_value", "clv")
LARGEST, SMALLEST = 1e100, 1e-100
"""Largest amount, and the sum of gains that counts as 0: a share of less could overflow."""


def value_column(frame: NarrowFrame, by: str | None, *, need: str) -> str:
    """The name of the column of values: `by`; if None `net_value`, or `clv` without one.

    Raises:
        DataError: the column is missing.
    """
    if by is not None:
        require(frame, [COLUMN.read(by, "by")], need=need)
        return by
    for name in FIRST_CHOICE:
        if name in frame.columns:
            return name
    raise DataError.because(
        f"{need} needs a value per customer, and finds neither `net_value` nor `clv`.",
        hint=f'name the column: by="...". The DataFrame has {list(frame.columns)}.',
    )


def values_of(frame: NarrowFrame, by: str | None, *, need: str) -> Array:
    """The value of each customer, (n,); NaN if missing (prospects).

    Raises:
        DataError: the column is missing or holds no numbers; an id is missing or repeated.
    """
    require_unique_ids(frame, need=need, hint=ONE_ROW_HINT)
    column = value_column(frame, by, need=need)
    values = numbers(frame, column, need=need, nullable=True)
    if (odd := np.abs(values) > LARGEST).any():
        raise DataError.at_rows(
            f"{need} needs amounts of at most {LARGEST:.0e} in `{column}`",
            rows_where(frame, odd, ["customer_id", column]),
            of=len(frame),
            hint="no sum of money is that large: repair them.",
        )
    return values


def shares_of(amounts: Array, *, values: Array) -> Array:
    """The amounts, (k,), as shares of the sum of the positive `values`, (n,); NaN where there is nothing to share."""
    positive = total(values[values > 0])
    return amounts / positive if positive > SMALLEST else np.full(len(amounts), np.nan)
