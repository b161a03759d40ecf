"""Values of a column as conditions read them: missing or known, as texts, as numbers, and as words of a sentence."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.frames import (
    NarrowFrame,
    distinct_values,
    holds_objects,
    is_missing,
    nulls,
    numbers,
    refuse_rows,
    require,
    untyped,
)

Value: TypeAlias = str | float | bool


def as_words(value: Any) -> str:
    """A value as it is written in a sentence.

    >>> [as_words(value) for value in (1767.0, 0.25, None, True, "client")]
    ['1,767', '0.25', 'missing', 'true', 'client']
    """
    if is_missing(value):
        return "missing"
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | int | np.number):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"
    return str(value).removesuffix(" 00:00:00")


def where_missing(table: NarrowFrame, column: str, *, need: str) -> Mask:
    """Rows in which a column is null or NaN, (n,)."""
    require(table, [column], need=need)
    series = table[column]
    null: Mask = nulls(series)
    return null | np.isnan(series.to_numpy().astype(float)) if series.dtype.is_float() else null


def text_among(table: NarrowFrame, column: str, values: Iterable[Value], *, known: Mask, need: str) -> Mask:
    """Rows in which a column of texts holds one of `values`, (n,).

    Only the distinct values are examined one by one: columns of text repeat a few words on a million rows.

    Raises:
        DataError: a value of the column is not text.
    """
    series = table[column]
    texts = series.dtype == nw.String and not holds_objects(series)
    different = [] if texts else series.to_list() if series.dtype == nw.Object else distinct_values(series)
    if any(not isinstance(value, str) and not is_missing(value) for value in different):
        refuse_rows(
            table,
            known & np.array([not isinstance(value, str) for value in series.to_list()], dtype=bool),
            f"{need} compares text, but `{column}` holds {series.dtype}",
            hint="ask numbers for numbers: .equals(4), .isin([1, 2]).",
            shown=["customer_id", column],
        )
    if series.dtype == nw.Object:
        return np.array([isinstance(value, str) and value in values for value in series.to_list()], dtype=bool)
    plain = series if series.dtype == nw.String else series.cast(nw.String)
    among: Mask = plain.is_in(list(values)).fill_null(False).to_numpy().astype(bool)
    return among


def numbers_or_truths(table: NarrowFrame, column: str, *, need: str) -> Array:
    """A column of numbers, or of truth values as 1 and 0; NaN where missing, (n,)."""
    series = table[column]
    if series.dtype == nw.Boolean:
        truths = series.fill_null(False).to_numpy().astype(np.float64)
        return np.where(where_missing(table, column, need=need), np.nan, truths)
    if series.dtype == nw.Object or untyped(series):
        values = [np.nan if is_missing(value) else value for value in series.to_list()]
        if {type(value) for value in values} <= {bool, np.bool_, float}:
            return np.array(values, dtype=np.float64)
    return numbers(table, column, need=need, nullable=True)
