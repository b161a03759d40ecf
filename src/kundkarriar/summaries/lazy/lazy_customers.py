"""Known customers beside lazy transactions, also those who have not bought."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arrays import Whole
from kundkarriar.dates.implausible_dates import PLACEHOLDERS, TWENTY_YEARS, implausible_dates
from kundkarriar.dates.order_dates import FIRST_YEAR, LAST_YEAR
from kundkarriar.engines.engine import Engine, engine_of
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.history.ledger.lazy_transactions import LazyTransactions, day_numbers, is_local_date
from kundkarriar.id_kinds import ID
from kundkarriar.summaries.lazy.counted_rows import ids_are_distinct

GIVEN, CONTACT = "first_contact", "kundkarriar_contact"
ZEROS = ("frequency", "n_transactions", "total_value", "returns_value")
"""The columns that are 0 of prospects; constants are those of all customers, all else is missing."""


@frozen(kw_only=True, eq=False)
class LazyCustomers:
    """Customers who are known, with a row each.

    Attributes:
        rows: customer_id, of the type of the transactions' ids, and the day of the first contact, where it is known.
        contacts: whether first contacts are known.
    """

    rows: LazyFrame
    contacts: bool

    @classmethod
    def checked(
        cls, engine: Engine, customers: Any, *, beside: LazyFrame, among: LazyTransactions
    ) -> LazyCustomers | None:
        """The customers of a frame, lazy or in memory; None where something is wrong, or to be warned of."""
        frame = _beside(engine, customers, beside)
        if frame is None or not ids_are_distinct(engine, frame):
            return None
        schema, due = frame.collect_schema(), beside.collect_schema()[ID]
        if ID not in schema or schema[ID].is_integer() != due.is_integer() or isinstance(schema[ID], nw.UInt64):
            return None
        own = nw.col(ID) if schema[ID] == due else nw.col(ID).cast(due)
        if GIVEN not in schema:
            return cls(rows=frame.select(own), contacts=False)
        if not is_local_date(schema[GIVEN]):
            return None
        read = frame.select(own, nw.col(GIVEN).cast(nw.Date).alias(CONTACT))
        return cls(rows=read, contacts=True) if _are_plausible(engine, read, among) else None

    def first(self, summary: LazyFrame) -> LazyFrame:
        """The summary with a row of each of these customers, also without a purchase."""
        schema = summary.collect_schema()
        others = self.rows.select(ID).join(summary.select(ID), on=ID, how="anti")
        constants = [name for name in ("period", "as_of", "season") if name in schema]
        missing = others.join(summary.drop(constants), on=ID, how="left")  # finds nothing, and keeps the types
        zeros = [nw.col(name).fill_null(0) for name in ZEROS if name in schema]
        prospects = missing.with_columns(*zeros, entry=nw.lit("known"))
        prospects = prospects.join(summary.select(constants).head(1), how="cross").select(schema.names())
        return nw.concat([summary, prospects], how="vertical")


def _beside(engine: Engine, customers: Any, beside: LazyFrame) -> LazyFrame | None:
    """The customers as a frame of the engine; None of one elsewhere, or of what is no frame."""
    if (found := engine_of(customers)) is not None:
        return found[1] if found[0] is engine and engine.joins(found[1], beside=beside) else None
    frame = nw.from_native(customers, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame) or ID not in frame.columns or not len(frame):
        return None
    read = frame.select([name for name in (ID, GIVEN) if name in frame.columns])
    try:
        block = read.to_polars() if engine.name == "polars" else read.to_arrow()
    except Exception:  # noqa: BLE001 - objects of several types, which functions in memory judge
        return None
    return engine.uploaded(block, beside=beside)


def _are_plausible(engine: Engine, read: LazyFrame, among: LazyTransactions) -> bool:
    """Whether first contacts are neither placeholders nor far from all other dates."""
    contact = nw.col(CONTACT)
    listed = [np.datetime64(each, "D").item() for each in PLACEHOLDERS]
    asked = {
        "low": contact.min().dt.year(),
        "high": contact.max().dt.year(),
        "listed": contact.is_in(listed).fill_null(value=False).cast(nw.Int64).sum(),
    }
    found = engine.collected(read.select(**asked)).rows(named=True)[0]
    if found["low"] is None:
        return True
    if found["low"] < FIRST_YEAR or found["high"] > LAST_YEAR:
        return False
    begin, end = (int(str(day)[:4]) for day in (among.begin, among.end))
    years = max(found["high"], end) - min(found["low"], begin) + 1
    if not found["listed"] and years * 366 <= TWENTY_YEARS:
        return True
    known = read.filter(~contact.is_null())
    odd = implausible_dates(
        _days(engine, known, CONTACT).astype("datetime64[D]"), among=_days(engine, among.rows, "date")
    )
    return not (odd.placeholder.any() or odd.outlying.any())


def _days(engine: Engine, frame: LazyFrame, column: str) -> Whole:
    """The day of each row, (n,), from the distinct days and their counts."""
    days = frame.select(day=nw.col(column).cast(nw.Date)).group_by("day").agg(nw.len().alias("number"))
    found = engine.collected(days.select(day_numbers(nw.col("day")), "number"))
    return np.repeat(*(found[name].to_numpy().astype(np.int64) for name in ("day", "number")))
