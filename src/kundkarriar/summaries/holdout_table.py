"""The holdout table: actual purchases of each customer in the holdout period, to compare predictions with."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.summaries.holdout_period import read_holdout_period


def holdout_table(summary: FrameT, holdout: FrameT, *, until: Any, merge: str = "D") -> FrameT:
    """Purchases and value of each customer of `summary` from the day after its `as_of` to the end of the day `until`.

    The table has all customers of `summary`, with zeros for those who did not buy. Customers who first bought later are
    in `kk.newcomers`.

    Args:
        summary: from `kk.summarize`; its `as_of` is computed from first_purchase and T, or read from a column `as_of`.
        holdout: the transactions after `as_of`, as from `kk.split`. Rows after `until` are not read.
        until: the last day that counts. The data should reach it: `duration` runs to `until` in any case.
        merge: as in `kk.summarize`.

    Returns:
        One row per customer, in the order of `summary`: customer_id; purchases (purchase days, int); value
        (net of returns, also of earlier purchases); duration (from `as_of` to `until`, in calendar periods of the
        summary).

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
    period = read_holdout_period(summary, holdout, until=until, merge=merge, need="holdout_table")
    n = len(period.summary)
    return new_frame(
        {
            "customer_id": period.summary["customer_id"],
            "purchases": period.ledger.purchases.count[:n],
            "value": period.ledger.net[:n],
            "duration": np.full(n, period.duration),
        },
        like=summary,
    )
