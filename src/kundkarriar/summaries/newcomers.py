"""Newcomers: customers who first bought in the holdout period."""

from __future__ import annotations

from typing import Any

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.summaries.holdout_period import read_holdout_period


def newcomers(summary: FrameT, holdout: FrameT, *, until: Any, merge: str = "D") -> FrameT:
    """Customers in `holdout` who are not in `summary`; a model of the summary's customers does not predict them.

    Args:
        summary: from `kk.summarize`.
        holdout: the transactions after `as_of` of the summary. Rows after `until` are not read.
        until: the last day that counts.
        merge: as in `kk.summarize`.

    Returns:
        One row per newcomer, by first appearance: customer_id; purchases (purchase days, int); value (net of returns).

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
    period = read_holdout_period(summary, holdout, until=until, merge=merge, need="newcomers")
    new = slice(len(period.summary), None)
    return new_frame(
        {
            "customer_id": period.ledger.customers[new],
            "purchases": period.ledger.purchases.count[new],
            "value": period.ledger.net[new],
        },
        like=summary,
    )
