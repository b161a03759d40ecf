"""Amounts of orders as numbers, and the VAT that is taken out of them."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, require, rows_where
from kundkarriar.orders.order_columns import OrderColumns


def vat_share(frame: NarrowFrame, columns: OrderColumns, *, need: str) -> float | Array:
    """VAT as a share of the net amount; 0 if VAT is excluded."""
    if columns.vat not in {"excluded", "included"}:
        problem = "was not told" if columns.vat is None else f"got vat={columns.vat!r} and does not know"
        raise DataError.because(
            f"{need} {problem} whether the amounts include VAT: value is counted without it.",
            hint='write vat="excluded", or vat="included" with vat_rate=0.25.',
        )
    if columns.vat == "excluded":
        if columns.vat_rate is not None:
            raise DataError.because(
                f'{need} got vat="excluded" and a vat_rate: there is nothing to take out.',
                hint='write vat="included" with the rate, or leave vat_rate out.',
            )
        return 0.0
    rate = columns.vat_rate
    if isinstance(rate, str):
        require(frame, [rate], need=need)
        values = amounts_as_floats(frame[rate])
        wrong = ~((values >= 0) & (values < 1))
        if wrong.any():
            raise DataError.at_rows(
                f"{need} needs VAT rates from 0 to below 1 in `{rate}`",
                rows_where(frame, wrong, [*columns.roles.values(), rate]),
                of=len(frame),
                hint="25 percent is 0.25.",
            )
        return values
    if rate is None or not 0 <= rate < 1:
        raise DataError.because(
            f'{need} got vat="included" and needs the rate to take it out, from 0 to below 1: got {rate!r}.',
            hint="write vat_rate=0.25 for 25 percent, or the name of a column of rates.",
        )
    return float(rate)


def amounts_as_floats(series: nw.Series[Any]) -> Array:
    """Amounts as floats, (n,); NaN for values that are not finite numbers."""
    if series.dtype.is_numeric() and not series.dtype.is_decimal():
        values = np.array(series.to_numpy(), np.float64)
    else:
        values = np.array([_number(value) for value in series.to_list()], np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _number(value: Any) -> float:
    if value is None or isinstance(value, (str, bool)):
        return np.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan
