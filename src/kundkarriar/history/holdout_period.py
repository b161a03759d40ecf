"""Transactions after the end of a summary, read for the customers of that summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, require, rows_where
from kundkarriar.history.customer_ids import unique_ids
from kundkarriar.history.ledger import TICKS, Ledger, checked_transactions, read_ledger, times
from kundkarriar.history.period import DAYS, as_day
from kundkarriar.season.clock import MARK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame

QUIET_DAYS = 31
"""Days without a row after which the data are more likely at their end than the customers silent."""


@frozen(kw_only=True, eq=False)
class Holdout:
    """What moved after a summary.

    Attributes:
        summary: the summary, (n rows).
        ledger: what moved from then on; the customers of the summary come first, newcomers follow.
        duration: from the end of the summary to the last day that counts, in periods of the calendar.
    """

    summary: NarrowFrame
    ledger: Ledger
    duration: float


def read_holdout(summary: object, holdout: object, *, until: Any, merge: str, need: str) -> Holdout:
    """The transactions from the day after the end of the summary to the end of the day `until`.

    Raises:
        DataError: a row lies before the end of the summary, `until` does too, or the ids are of another kind.

    Warns:
        DataWarning: `until` lies more than 31 days after the last row.
    """
    table = narrow(summary, need=need)
    require(table, ["customer_id", "first_purchase", "T", "period"], need=need)
    ids = unique_ids(table, need=need)
    as_of, last = summarized_day(table, need=need), as_day(until, name="until")
    if last <= as_of:
        raise DataError.because(
            f"`until` {last} does not lie after the end of the summary, {as_of}.",
            hint="pass the last day of the holdout.",
        )
    rows, _ = checked_transactions(holdout, need=need)
    day = times(rows, "date", need=need)
    early = day <= as_of.astype(np.int64)
    if early.any():
        raise DataError.at_rows(
            f"{need} needs a holdout that begins after the end of the summary, {as_of}",
            rows_where(rows, early, ["customer_id", "date", "amount"]),
            of=len(rows),
            hint="calibration, holdout = kk.split(transactions, at=...) cuts at the same day.",
        )
    ledger = read_ledger(
        holdout,
        as_of=last,
        customers=ids.to_frame(),
        merge=merge,
        need=need,
        here="the holdout",
        there="the summary",
        asked="until",
        quiet=QUIET_DAYS,
    )
    duration = int((last - as_of).astype(np.int64)) / DAYS[table["period"][0]]
    return Holdout(summary=table, ledger=ledger, duration=duration)


def summarized_day(table: NarrowFrame, *, need: str) -> np.datetime64:
    """The day a summary was made for: first purchase plus T, the same for all who bought; or as a warped one says."""
    if MARK in table.columns and "as_of" in table.columns:
        return as_day(table["as_of"][0], name="as_of")
    first = table["first_purchase"].to_numpy().astype("datetime64[us]").astype(np.int64)
    span: NDArray[np.float64] = np.array(table["T"].to_numpy(), np.float64)
    bought = np.isfinite(span)
    period = str(table["period"][0]) if len(table) else ""
    days = first[bought] + np.rint(span[bought] * DAYS.get(period, np.nan) * TICKS["s"])
    ends = np.unique(days // TICKS["s"])
    if len(ends) != 1:
        raise DataError.because(
            f"{need} needs the summary of one `as_of`, found {len(ends):,}.",
            hint="summary = kk.summarize(calibration, as_of=...).",
        )
    return np.datetime64(int(ends[0]), "D")
