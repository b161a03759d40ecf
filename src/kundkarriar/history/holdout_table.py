"""What customers did after the day at which they were summarized: what predictions are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.frames import new_frame
from kundkarriar.history.holdout_period import read_holdout

if TYPE_CHECKING:
    from kundkarriar.frames import FrameT


def holdout_table(summary: FrameT, holdout: FrameT, *, until: Any, merge: str = "D") -> FrameT:
    """What each customer of `summary` bought from the day after its `as_of` to the end of the day `until`.

    Only the customers of `summary` are here, those who bought nothing with zeros: a prediction concerns them
    all. Who first bought later is counted apart, by `kk.newcomers`.

    Args:
        summary: from `kk.summarize`; its `as_of` is read back from first_purchase and T, or from a column of that name.
        holdout: the transactions after it, as from `kk.split`. Rows after `until` are not read.
        until: the last day that counts; the data should reach it, for what was bought after their end is not
            in them, and `duration` runs to `until` all the same.
        merge: as in `kk.summarize`.

    Returns:
        One row per customer, in the order of `summary`: customer_id; purchases (purchase days, int); value
        (net of returns, also of earlier purchases); duration (from `as_of` to `until`, in calendar periods of the
        summary).

    Raises:
        DataError: the holdout begins before the end of the summary, has no row up to `until`, or other ids.

    Warns:
        DataWarning: `until` lies more than 31 days after the last row of the holdout.

    >>> import kundkarriar as kk
    >>> calibration, holdout = kk.split(kk.datasets.load_cdnow(sample=True), at="1997-09-30")
    >>> summary = kk.summarize(calibration, as_of="1997-09-30")
    >>> actual = holdout_table(summary, holdout, until="1998-06-30")
    >>> len(actual), int(actual["purchases"].sum()), float(actual["duration"].iloc[0])
    (2357, 1882, 39.0)
    """
    after = read_holdout(summary, holdout, until=until, merge=merge, need="holdout_table")
    n = len(after.summary)
    return new_frame(
        {
            "customer_id": after.summary["customer_id"],
            "purchases": after.ledger.purchases.count[:n],
            "value": after.ledger.net[:n],
            "duration": np.full(n, after.duration),
        },
        like=summary,
    )
