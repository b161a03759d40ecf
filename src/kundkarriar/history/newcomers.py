"""Who bought for the first time after the day at which the others were summarized."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kundkarriar.frames import new_frame
from kundkarriar.history.holdout_period import read_holdout

if TYPE_CHECKING:
    from kundkarriar.frames import FrameT


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
    after = read_holdout(summary, holdout, until=until, merge=merge, need="newcomers")
    new = slice(len(after.summary), None)
    return new_frame(
        {
            "customer_id": after.ledger.customers[new],
            "purchases": after.ledger.purchases.count[new],
            "value": after.ledger.net[new],
        },
        like=summary,
    )
