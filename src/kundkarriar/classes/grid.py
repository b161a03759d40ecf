"""The grid: customers and sums of their values for each combination of columns, by default of rung and ABC class."""

from collections.abc import Hashable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arguments import read_names, refusal
from kundkarriar.arrays import Array, Whole
from kundkarriar.classes.limits import CLASSES
from kundkarriar.classes.value_column import amounts_of, shares_of, value_column, values_of
from kundkarriar.errors import DataError, text_of
from kundkarriar.frames import FrameT, NarrowFrame, is_missing, narrow, new_frame, numbers, require, text_column
from kundkarriar.numerics.money.exact_sums import by_group

NEED = "The grid"
RUNG_AND_CLASS = ("rung", "abc")
SUMMED = ("net_value", "priority", "value_at_risk", "win_back_value")
"""Columns of customers that are summed beside the value."""
MADE = ("customers", "value", "share_of_value", "mean_value", *SUMMED)
TEXTS = (nw.String, nw.Categorical, nw.Enum)


def grid(customers: FrameT, *, by: str | Sequence[str] = RUNG_AND_CLASS, value: str | None = None) -> FrameT:
    """Number of customers and sums of their values for each combination of columns that occurs.

    Args:
        customers: one row per customer, with a value: scores, classes and rungs, as `career.customers()` has them.
        by: the columns that span the grid: rung and class, or others such as group, lapsed or channel.
        value: the column of values; None takes `net_value`, `clv` where there is none, or `expected_purchases` where
            there is no money.

    Returns:
        One row per combination, sorted by the columns in their order: rungs from the lowest (with rung_number), classes
        from A to D, others by size or alphabet, customers with a missing value last.
        The columns of `by`; customers, which sums to the number of rows; value (sum of the known values; missing if
        none is known); share_of_value (of the sum of positive values over all customers; negative for losses);
        mean_value (of the known ones); and the sums of net_value, priority, value_at_risk and win_back_value, as far as
        they are there and are not the value. Prospects have no class: their cell is the one with a missing class.

    Raises:
        DataError: a column is missing, `by` names one that the grid makes, or one with values that have no order.

    >>> import pandas as pd
    >>> customers = pd.DataFrame({
    ...     "rung": ["repeat buyer", "trial buyer", "repeat buyer"], "rung_number": [2, 1, 2],
    ...     "abc": ["A", "B", "A"], "clv": [60.0, 20.0, 20.0], "lapsed": [False, True, True],
    ... })
    >>> grid(customers)
               rung  rung_number abc  customers  value  share_of_value  mean_value
    0   trial buyer            1   B          1   20.0             0.2        20.0
    1  repeat buyer            2   A          2   80.0             0.8        40.0
    >>> grid(customers, by="lapsed")
       lapsed  customers  value  share_of_value  mean_value
    0   False          1   60.0             0.6        60.0
    1    True          2   40.0             0.4        20.0
    """
    frame = narrow(customers, need=NEED)
    columns: tuple[str, ...] = spanning_columns(by, made=MADE, need="the grid")
    of_value = value_column(frame, value, need=NEED, argument="value")
    values = values_of(frame, of_value, need=NEED)
    place, first = cells(frame, columns, need=NEED)
    size, known = len(first), np.isfinite(values)
    value_of = _sums(values, place, size=size)
    others = [name for name in SUMMED if name in frame.columns and name != of_value]
    return new_frame(
        {
            **cell_labels(frame, columns, first, like=customers),
            "customers": np.bincount(place, minlength=size),
            "value": value_of,
            "share_of_value": shares_of(value_of, values=values),
            "mean_value": value_of / np.maximum(np.bincount(place[known], minlength=size), 1),
            **{name: _sums(amounts_of(frame, name, need=NEED), place, size=size) for name in others},
        },
        like=customers,
    )


def rung_order(frame: NarrowFrame, *, need: str) -> tuple[list[tuple[int, str]], Whole]:
    """Number and name of the rungs that occur, lowest first, and the position of each customer's rung, (n,).

    >>> import narwhals.stable.v2 as nw, pandas as pd
    >>> customers = pd.DataFrame({"rung": ["client", "prospect", "client"], "rung_number": [4, 1, 4]})
    >>> rungs, position = rung_order(nw.from_native(customers), need="This example")
    >>> rungs, position.tolist()
    ([(1, 'prospect'), (4, 'client')], [1, 0, 1])
    """
    require(frame, ["rung", "rung_number"], need=need)
    number = map(int, numbers(frame, "rung_number", need=need).tolist())
    rung_of_row = list(zip(number, (text_of(rung, str) for rung in frame["rung"].to_list()), strict=True))
    rungs = sorted(set(rung_of_row))
    at = {rung: position for position, rung in enumerate(rungs)}
    return rungs, np.array([at[rung] for rung in rung_of_row], dtype=np.int64)


def spanning_columns(by: Any, *, made: Sequence[str], need: str) -> tuple[str, ...]:
    """The argument `by`: the columns that span a grid, none of them `made` by it."""
    columns = read_names(by, "by", empty=False)
    if any(name in made for name in columns):
        law = f"columns that {need} does not make itself ({', '.join(made)})"
        raise refusal(by, "by", law=law, hint='write by=("rung", "abc"), or rename the column.')
    return columns


def cells(frame: NarrowFrame, columns: Sequence[str], *, need: str) -> tuple[Whole, Whole]:
    """The cell of each customer, (n,), and a customer of each, (k,): cells in the order of the columns, see `grid`."""
    require(frame, [*columns, *(["rung_number"] if "rung" in columns else [])], need=need)
    place, first = np.zeros(len(frame), dtype=np.int64), np.zeros(0, dtype=np.int64)
    for name in columns:
        position = rung_order(frame, need=need)[1] if name == "rung" else _position(frame[name], need=need)
        together = place * (position.max(initial=0) + 1) + position
        _, first, place = np.unique(together, return_index=True, return_inverse=True)
    return place, first


def _position(column: nw.Series[Any], *, need: str) -> Whole:
    """The position of each row's value among the distinct ones in their order, (n,): missing values last.

    In the column `abc` the classes from A to D come before others.
    """
    values = [None if is_missing(each) else each for each in column.to_list()]
    try:
        distinct: set[Hashable] = set(values) - {None}
        ordered = sorted(distinct)  # type: ignore[type-var]
    except TypeError:
        law = f"{need} needs values of one kind that have an order in `{column.name}`: texts, numbers, days or truths."
        raise DataError.because(law, hint=f"convert `{column.name}` to text, or leave it out of by=.") from None
    if column.name == "abc":
        ordered.sort(key=lambda each: CLASSES.index(each) if each in CLASSES else len(CLASSES))
    at = {each: position for position, each in enumerate([*ordered, None])}
    return np.array([at[each] for each in values], dtype=np.int64)


def cell_labels(frame: NarrowFrame, columns: Sequence[str], rows: Whole, *, like: Any) -> dict[str, Any]:
    """The columns that span a grid, at `rows`, one of each cell; the rung with its number."""
    labels: dict[str, Any] = {}
    for name in columns:
        labels[name] = values = frame[name][rows]
        if name == "rung":
            labels[name] = text_column([text_of(each, str) for each in values.to_list()], like=like)
            labels["rung_number"] = numbers(frame, "rung_number", need=NEED)[rows].astype(np.int64)
        elif isinstance(values.dtype, TEXTS) and all(
            is_missing(each) or isinstance(each, str) for each in values.to_list()
        ):
            labels[name] = text_column([None if is_missing(each) else each for each in values.to_list()], like=like)
    return labels


def _sums(values: Array, place: Whole, *, size: int) -> Array:
    """The sum of the known values of each cell, (size,); NaN where none is known."""
    known = np.isfinite(values)
    counted = np.bincount(place[known], minlength=size)
    return np.where(counted > 0, by_group(values[known], place[known], size=size), np.nan)
