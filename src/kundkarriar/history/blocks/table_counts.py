"""Counts of the rows of lazy tables of a history: what the laws of its columns ask, and whether one is broken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.dates.implausible_dates import PLACEHOLDERS, TWENTY_YEARS, outlying_days
from kundkarriar.dates.order_dates import FIRST_YEAR
from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.history.ledger.transaction_rows import LARGEST
from kundkarriar.id_kinds import ID


def customer_counts(engine: Engine, table: LazyFrame) -> Mapping[str, Any] | None:
    """`rows` and the days `first` and `last` of first contacts; None where a law may be broken."""
    schema = table.collect_schema()
    asked = {"rows": nw.len(), **_ids(schema), "customers": nw.col(ID).n_unique()}
    if "first_contact" in schema:
        dated = isinstance(schema["first_contact"], nw.Date | nw.Datetime)
        given = {"contacts that are no dates": _number(~nw.col("first_contact").is_null())}
        asked |= _dates("first_contact") if dated else given
    counts = _counted(engine, table, asked)
    return None if counts is None or counts.pop("customers") != counts["rows"] else _sound(counts)


def event_counts(engine: Engine, table: LazyFrame) -> Mapping[str, Any] | None:
    """`rows` and the days `first` and `last` of events; None where a law may be broken."""
    schema = table.collect_schema()
    if not isinstance(schema["event"], nw.String):
        return None
    asked = {"rows": nw.len(), **_ids(schema), **_dates("date"), "undated": _number(nw.col("date").is_null())}
    asked |= {"unnamed": _number(nw.col("event").is_null())}
    if "value" in schema:
        if not schema["value"].is_numeric():
            return None
        asked |= _amounts("value")
        if schema["value"].is_float():  # a NaN is a missing value
            asked["value: infinite"] -= _number(nw.col("value").is_nan())
    counts = _counted(engine, table, asked)
    return None if counts is None else _sound(counts)


def plausible(engine: Engine, table: LazyFrame, column: str, *, among: LazyFrame, counts: Mapping[str, Any]) -> bool:
    """Whether no date of a column calls for a warning or a refusal; `counts` has the first and last days of both.

    Where all dates lie within twenty years, that is seen from the first and the last. Else the rows of each day are
    counted.
    """
    known = (nw.col(column).cast(nw.Date)).is_in([dt.date.fromisoformat(day) for day in PLACEHOLDERS])
    if _one(engine, table.select(found=_number(known)))["found"]:
        return False
    if max(counts["last"], counts["last among"]) - min(counts["first"], counts["first among"]) <= TWENTY_YEARS:
        return True
    own, others = _days(engine, table, column), _days(engine, among, "date")
    return not outlying_days(own, among=others).any()


def day_of(date: Any) -> int:
    """A date of Python as days since 1970-01-01."""
    return int(np.datetime64(date, "D").astype(np.int64))


def _days(engine: Engine, table: LazyFrame, column: str) -> Whole:
    """The days of a column, each as often as it is there, or in the same proportions where that is too often."""
    days = table.select(day=nw.col(column).cast(nw.Date)).filter(~nw.col("day").is_null())
    rows = engine.collected(days.group_by("day").agg(rows=nw.len()))
    number = rows["rows"].to_numpy().astype(np.int64)
    day = rows["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.repeat(day, -(-number // max(int(number.sum()) // 1_000_000, 1)))


def _ids(schema: Any) -> dict[str, nw.Expr]:
    missing = nw.col(ID).is_null()
    if not schema[ID].is_integer():
        missing |= nw.col(ID).cast(nw.String).str.strip_chars() == ""
    return {"no id": _number(missing)}


def _dates(column: str) -> dict[str, nw.Expr]:
    return {"first": nw.col(column).min(), "last": nw.col(column).max()}


def _amounts(column: str) -> dict[str, nw.Expr]:
    value = nw.col(column).cast(nw.Float64)
    return {f"{column}: infinite": _number(~value.is_finite()), f"{column}: large": _number(value.abs() > LARGEST)}


def _number(condition: nw.Expr) -> nw.Expr:
    """How many rows meet a condition; truth values have no sum on Spark."""
    return condition.cast(nw.Int64).sum()


def _one(engine: Engine, frame: LazyFrame) -> dict[str, Any]:
    """The one row of a frame."""
    row = engine.collected(frame)
    return {name: row[name].to_list()[0] for name in row.columns}


def _counted(engine: Engine, table: LazyFrame, asked: Mapping[str, nw.Expr]) -> dict[str, Any] | None:
    """The counts of a table, days as numbers; None where a date has a year that Python lacks."""
    try:
        row = _one(engine, table.select(**asked))
    except (OverflowError, ValueError):
        return None
    for name in ("first", "last"):
        if row.get(name) is not None:
            if row[name].year < FIRST_YEAR:
                return None
            row[name] = day_of(row[name])
        elif name in row:
            del row[name]
    return row


def _sound(counts: dict[str, Any]) -> Mapping[str, Any] | None:
    """The rows and days of counts, where nothing else was counted."""
    told: dict[str, Any] = {name: counts.pop(name) for name in ("rows", "first", "last") if name in counts}
    return None if any(counts.values()) else told
