"""What customers did after the day at which they were summarized: what predictions are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame, require, rows_where, unique_ids
from kundkarriar.history.ledger import Ledger, checked_transactions, read_ledger, times
from kundkarriar.history.period import DAYS, as_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT, NarrowFrame

MICROSECONDS = 24 * 60 * 60 * 1_000_000


def holdout_table(summary: FrameT, holdout: FrameT, *, until: Any, merge: str = "D") -> FrameT:
    """What each customer of `summary` bought from the day after its `as_of` to the end of the day `until`.

    Only the customers of `summary` are here, those who bought nothing with zeros: a prediction concerns them
    all. Who first bought later is counted apart, by `kk.newcomers`.

    Args:
        summary: from `kk.summarize`; its `as_of` is read back from first_purchase and T.
        holdout: the transactions after it, as from `kk.split`. Rows after `until` are not read.
        until: the last day that counts.
        merge: as in `kk.summarize`.

    Returns:
        One row per customer, in the order of `summary`: customer_id; purchases (purchase days, int); value
        (net of returns, also of earlier purchases); duration (from `as_of` to `until`, in periods of the
        summary).

    Raises:
        DataError: the holdout begins before the end of the summary, or has no row up to `until`.

    >>> import kundkarriar as kk
    >>> calibration, holdout = kk.split(kk.datasets.load_cdnow(sample=True), at="1997-09-30")
    >>> summary = kk.summarize(calibration, as_of="1997-09-30")
    >>> actual = holdout_table(summary, holdout, until="1998-06-30")
    >>> len(actual), int(actual["purchases"].sum()), float(actual["duration"].iloc[0])
    (2357, 1882, 39.0)
    """
    table, ledger, duration = _after(summary, holdout, until=until, merge=merge, need="holdout_table")
    n = len(table)
    return new_frame(
        {
            "customer_id": table["customer_id"],
            "purchases": ledger.purchases.count[:n],
            "value": ledger.net[:n],
            "duration": np.full(n, duration),
        },
        like=summary,
    )


def newcomers(summary: FrameT, holdout: FrameT, *, until: Any, merge: str = "D") -> FrameT:
    """Who appears in `holdout` without being in `summary`: no model of the summary's customers predicts them.

    Args:
        summary: from `kk.summarize`.
        holdout: the transactions after it. Rows after `until` are not read.
        until: the last day that counts.
        merge: as in `kk.summarize`.

    Returns:
        One row per newcomer, by first appearance: customer_id; purchases (purchase days, int); value (net).

    Raises:
        DataError: as `kk.holdout_table`.

    >>> import pandas as pd
    >>> import kundkarriar as kk
    >>> rows = pd.DataFrame({"customer_id": [1, 2], "date": pd.to_datetime(["2026-01-05", "2026-02-05"])})
    >>> calibration, holdout = kk.split(rows.assign(amount=100.0), at="2026-01-31")
    >>> newcomers(kk.summarize(calibration, as_of="2026-01-31"), holdout, until="2026-02-28")
       customer_id  purchases  value
    0            2          1  100.0
    """
    table, ledger, _ = _after(summary, holdout, until=until, merge=merge, need="newcomers")
    new = slice(len(table), None)
    return new_frame(
        {
            "customer_id": ledger.customers[new],
            "purchases": ledger.purchases.count[new],
            "value": ledger.net[new],
        },
        like=summary,
    )


def _after(summary: object, holdout: object, *, until: Any, merge: str, need: str) -> tuple[NarrowFrame, Ledger, float]:
    """The summary, what moved after it (its customers first), and for how many of its periods."""
    table = narrow(summary, need=need)
    require(table, ["customer_id", "first_purchase", "T", "period"], need=need)
    ids = unique_ids(table, need=need)
    as_of, last = _as_of(table, need=need), as_day(until, name="until")
    if last <= as_of:
        raise DataError.because(
            f"`until` {last} does not lie after the end of the summary, {as_of}.",
            hint="pass the last day of the holdout.",
        )
    rows = checked_transactions(holdout, need=need)
    early = times(rows, "date", need=need) <= as_of.astype(np.int64)
    if early.any():
        raise DataError.at_rows(
            f"{need} needs a holdout that begins after the end of the summary, {as_of}",
            rows_where(rows, early, ["customer_id", "date", "amount"]),
            of=len(rows),
            hint="calibration, holdout = kk.split(transactions, at=...) cuts at the same day.",
        )
    ledger = read_ledger(holdout, as_of=last, customers=ids.to_frame(), merge=merge, need=need)
    duration = int((last - as_of).astype(np.int64)) / DAYS[table["period"][0]]
    return table, ledger, duration


def _as_of(table: NarrowFrame, *, need: str) -> np.datetime64:
    """The day a summary was made for: first purchase plus T, the same for all who bought."""
    first = table["first_purchase"].to_numpy().astype("datetime64[us]").astype(np.int64)
    span: NDArray[np.float64] = np.array(table["T"].to_numpy(), np.float64)
    bought = np.isfinite(span)
    period = str(table["period"][0]) if len(table) else ""
    days = first[bought] + np.rint(span[bought] * DAYS.get(period, np.nan) * MICROSECONDS)
    ends = np.unique(days // MICROSECONDS)
    if len(ends) != 1:
        raise DataError.because(
            f"{need} needs the summary of one `as_of`, found {len(ends):,}.",
            hint="summary = kk.summarize(calibration, as_of=...).",
        )
    return np.datetime64(int(ends[0]), "D")
