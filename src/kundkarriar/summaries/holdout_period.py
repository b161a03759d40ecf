"""Reading of the transactions of a holdout period, which follows the calibration period of a summary."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.customer_ids import unique_ids
from kundkarriar.dates.dates_as_integers import TICKS, date_ticks
from kundkarriar.dates.period import DAYS, as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, narrow, require, rows_where
from kundkarriar.history.ledger.ledger import Ledger, read_ledger
from kundkarriar.history.ledger.transaction_rows import checked_transactions
from kundkarriar.season.season_clock import SEASON_COLUMN

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
        transactions_name="the holdout",
        customers_name="the summary",
        as_of_name="until",
        max_gap_days=MAX_GAP_DAYS,
    )
    duration = int((last - as_of).astype(np.int64)) / DAYS[table["period"][0]]
    return HoldoutPeriod(summary=table, ledger=ledger, duration=duration)


def summary_day(table: NarrowFrame, *, need: str) -> np.datetime64:
    """The day a summary was made for: its column `as_of` if it is warped by a season, else first purchase plus T.

    Raises:
        DataError: rows have different days.
    """
    if SEASON_COLUMN in table.columns and "as_of" in table.columns:
        return as_day(table["as_of"][0], name="as_of")
    first = table["first_purchase"].to_numpy().astype("datetime64[us]").astype(np.int64)
    span: Array = np.array(table["T"].to_numpy(), np.float64)
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
