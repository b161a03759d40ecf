"""Amounts of orders as numbers, and the VAT that is taken out of them."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arguments import Number, as_shown
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, require, rows_where
from kundkarriar.orders.order_columns import OrderColumns

RATE = Number(least=0, below=1, example=0.25)


def vat_share(frame: NarrowFrame, columns: OrderColumns, *, need: str) -> float | Array:
    """VAT as a share of the net amount; 0 if VAT is excluded."""
    vat, rate = columns.vat, columns.vat_rate
    if vat not in ("excluded", "included"):
        problem = "was not told" if vat is None else f"got vat={vat!r} and does not know"
        raise DataError.because(
            f"{need} {problem} whether the amounts include VAT: value is counted without it.",
            hint='write vat="excluded", or vat="included" with vat_rate=0.25.',
        )
    if vat == "excluded":
        if rate is not None:
            raise DataError.because(
                f'{need} got vat="excluded" and a vat_rate: there is nothing to take out.',
                hint='write vat="included" with the rate, or leave vat_rate out.',
            )
        return 0.0
    if isinstance(rate, str):
        require(frame, [rate], need=need)
        values = amounts_as_floats(frame[rate])
        if (wrong := ~((values >= 0) & (values < 1))).any():
            raise DataError.at_rows(
                f"{need} needs VAT rates from 0 to below 1 in `{rate}`",
                rows_where(frame, wrong, [*columns.roles.values(), rate]),
                of=len(frame),
                hint="25 percent is 0.25.",
            )
        return values
    if rate is None or not RATE.holds(rate):
        raise DataError.because(
            f'{need} got vat="included" and needs the rate to take it out, from 0 to below 1: got {as_shown(rate)}.',
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
    if isinstance(value, str | bytes | bool | np.bool_):  # float() would read "1e3", b"1e3" and True
        return np.nan
    try:
        return float(value)
    except (ArithmeticError, TypeError, ValueError):
        return np.nan
