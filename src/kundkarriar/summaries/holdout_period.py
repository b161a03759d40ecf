"""The holdout period after the calibration period of a summary: what was bought in it, to compare predictions with."""

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.customer_ids import unique_ids
from kundkarriar.dates.dates_as_integers import TICKS, DateHints, date_ticks
from kundkarriar.dates.period import DAYS, as_day, day_number
from kundkarriar.engines.eagerly import eagerly, in_memory
from kundkarriar.engines.engine import engine_of
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers, refuse_rows, require
from kundkarriar.history.ledger.ledger import Ledger, read_ledger
from kundkarriar.history.ledger.transaction_rows import checked_transactions
from kundkarriar.season.season_clock import SEASON_COLUMN
from kundkarriar.summaries.summary_laws import MOST_PERIODS
from kundkarriar.summaries.table_kind import SUMMARY, read_unit

MAX_GAP_DAYS = 31
"""Days without a row before `until` above which the data probably end earlier."""


@frozen(kw_only=True, eq=False)
class HoldoutPeriod:
    """The holdout period of a summary: its ledger and its length.

    Attributes:
        summary: the summary of the calibration period, n rows.
        ledger: the ledger of the holdout; the customers of the summary come first, newcomers follow.
        duration: from the end of the summary to `until`, in calendar periods of the summary.
    """

    summary: NarrowFrame
    ledger: Ledger
    duration: float


def holdout_table(summary: FrameT, holdout: FrameT, *, until: Any, merge: str = "D") -> FrameT:
    """Purchases and value of each customer of `summary` from the day after its `as_of` to the end of the day `until`.

    The table has all customers of `summary`, with zeros for those who did not buy. Customers who first bought later are
    in `kk.newcomers`.

    Of a lazy summary and a lazy holdout (polars, DuckDB, Spark) the columns that are read are collected; the table is a
    lazy frame of the summary's library.

    Args:
        summary: from `kk.summarize`; its `as_of` is computed from first_purchase and T, or read from a column `as_of`.
        holdout: the transactions after `as_of`, as from `kk.split`. Rows after `until` are not read.
        until: the last day that counts. The data should reach it: `duration` runs to `until` in any case.
        merge: as in `kk.summarize`.

    Returns:
        One row per customer, in the order of `summary`: customer_id; purchases (purchase days, int); value
        (net of returns, also of earlier purchases; not there where purchases have no amounts); duration (from `as_of`
        to `until`, in calendar periods of the summary).

    Raises:
        DataError: the holdout begins before the end of the summary, has no row up to `until`, or has other ids.

    Warns:
        DataWarning: `until` lies more than 31 days after the last row of the holdout.

    >>> import kundkarriar as kk
    >>> calibration, holdout = kk.split(kk.datasets.load_cdnow(sample=True), at="1997-09-30")
    >>> summary = kk.summarize(calibration, as_of="1997-09-30")
    >>> actual = holdout_table(summary, holdout, until="1998-06-30")
    >>> len(actual), int(actual["purchases"].sum()), float(actual["duration"].iloc[0])
    (2357, 1882, 39.0)
    """
    if (lazy := engine_of(summary)) is not None:
        columns = _columns_read(lazy[1].collect_schema().names())
        table: FrameT = eagerly(
            *lazy, lambda rows: holdout_table(rows, in_memory(holdout), until=until, merge=merge), columns=columns
        )
        return table
    holdout = in_memory(holdout)
    period = read_holdout_period(summary, holdout, until=until, merge=merge, need="holdout_table")
    n = len(period.summary)
    return new_frame(
        {
            "customer_id": period.summary["customer_id"],
            "purchases": period.ledger.purchases.count[:n],
            **({"value": period.ledger.net[:n]} if period.ledger.priced else {}),
            "duration": np.full(n, period.duration),
        },
        like=summary,
    )


def newcomers(summary: FrameT, holdout: FrameT, *, until: Any, merge: str = "D") -> FrameT:
    """Customers in `holdout` who are not in `summary`; a model of the summary's customers does not predict them.

    Lazy frames are collected as by `kk.holdout_table`.

    Args:
        summary: from `kk.summarize`.
        holdout: the transactions after `as_of` of the summary. Rows after `until` are not read.
        until: the last day that counts.
        merge: as in `kk.summarize`.

    Returns:
        One row per newcomer, by first appearance: customer_id; purchases (purchase days, int); value (net of returns;
        not there where purchases have no amounts).

    Raises:
        DataError: as `kk.holdout_table`.

    Warns:
        DataWarning: as `kk.holdout_table`.

    >>> import pandas as pd
    >>> import kundkarriar as kk
    >>> rows = pd.DataFrame({"customer_id": [1, 2], "date": pd.to_datetime(["2026-01-05", "2026-02-05"])})
    >>> calibration, holdout = kk.split(rows.assign(amount=100.0), at="2026-01-31")
    >>> newcomers(kk.summarize(calibration, as_of="2026-01-31"), holdout, until="2026-02-28")
       customer_id  purchases  value
    0            2          1  100.0
    """
    if (lazy := engine_of(summary)) is not None:
        columns = _columns_read(lazy[1].collect_schema().names())
        table: FrameT = eagerly(
            *lazy, lambda rows: newcomers(rows, in_memory(holdout), until=until, merge=merge), columns=columns
        )
        return table
    holdout = in_memory(holdout)
    period = read_holdout_period(summary, holdout, until=until, merge=merge, need="newcomers")
    new = slice(len(period.summary), None)
    return new_frame(
        {
            "customer_id": period.ledger.customers[new],
            "purchases": period.ledger.purchases.count[new],
            **({"value": period.ledger.net[new]} if period.ledger.priced else {}),
        },
        like=summary,
    )


def read_holdout_period(summary: object, holdout: object, *, until: Any, merge: str, need: str) -> HoldoutPeriod:
    """Read the transactions from the day after the end of the summary to the end of the day `until`.

    Raises:
        DataError: a row or `until` lies before the end of the summary; the ids are of another kind.

    Warns:
        DataWarning: `until` lies more than 31 days after the last row.
    """
    table = narrow(summary, need=need)
    require(table, ["customer_id", "first_purchase", "T", "period"], need=need)
    ids = unique_ids(table, need=need)
    as_of, last = summary_day(table, need=need), as_day(until, name="until")
    if last <= as_of:
        raise DataError.because(
            f"`until` {last} does not lie after the end of the summary, {as_of}.",
            hint="pass the last day of the holdout.",
        )
    rows, _ = checked_transactions(holdout, need=need)
    day = date_ticks(rows, "date", need=need)
    refuse_rows(
        rows,
        day <= day_number(as_of),
        f"{need} needs a holdout that begins after the end of the summary, {as_of}",
        hint="calibration, holdout = kk.split(transactions, at=...) cuts at the same day.",
        shown=["customer_id", "date", "amount"],
    )
    ledger = read_ledger(
        holdout,
        as_of=last,
        customers=ids.to_frame(),
        merge=merge,
        need=need,
        transactions_name="the holdout",
        customers_name="the summary",
        as_of_name="until",
        max_gap_days=MAX_GAP_DAYS,
    )
    duration = (day_number(last) - day_number(as_of)) / DAYS[read_unit(table, kind=SUMMARY, need=need, expected=None)]
    return HoldoutPeriod(summary=table, ledger=ledger, duration=duration)


def _columns_read(names: list[str]) -> tuple[str, ...] | None:
    """The columns read of a lazy summary with these columns; None (all) where an error will name them."""
    required = ("customer_id", "first_purchase", "T", "period")
    return (*required, "as_of", SEASON_COLUMN) if set(required) <= set(names) else None


def summary_day(table: NarrowFrame, *, need: str) -> np.datetime64:
    """The day a summary was made for: first purchase plus T; its column `as_of` under a season, or of prospects alone.

    Raises:
        DataError: rows have different days.
    """
    if SEASON_COLUMN in table.columns and "as_of" in table.columns:
        return as_day(table["as_of"][0], name="as_of")
    hints = DateHints.of_column('summary["first_purchase"]')
    first = date_ticks(table, "first_purchase", ticks=TICKS["s"], need=need, nullable=True, hints=hints)
    span = numbers(table, "T", need=need, nullable=True)
    law = f"{need}: `T` is an age: from 0 to {MOST_PERIODS:,.0f} periods"
    refuse_rows(table, (span < 0) | (span > MOST_PERIODS), law, hint="see kk.summarize.", shown=["customer_id", "T"])
    bought = np.isfinite(span)
    unit = DAYS[read_unit(table, kind=SUMMARY, need=need, expected=None)]
    days = first[bought] + np.rint(span[bought] * unit * TICKS["s"])
    ends = np.unique(days // TICKS["s"])
    if not len(ends) and len(table) and "as_of" in table.columns:
        return as_day(table["as_of"][0], name="as_of")
    if not len(ends):
        raise DataError.because(
            f"{need} needs a customer with a purchase: all {len(span):,} of the summary are prospects.",
            hint="check as_of in kk.summarize(calibration, as_of=...).",
        )
    if len(ends) != 1:
        raise DataError.because(
            f"{need} needs the summary of one `as_of`, found {len(ends):,}.",
            hint="summary = kk.summarize(calibration, as_of=...).",
        )
    return np.datetime64(int(ends[0]), "D")
