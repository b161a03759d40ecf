"""The occasions that actions follow: the last purchase, or the first one, of each customer."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, require
from kundkarriar.strategy.plan.schedule import UNKNOWN

PURCHASES = {"purchase": "last_purchase", "first purchase": "first_purchase"}
"""The column with the day of each occasion."""


def occasion_days(occasion: str, *, frame: Any, need: str) -> Whole:
    """The day of the last occasion known of each customer, as a number since 1970-01-01, (n,); `UNKNOWN` for none.

    Raises:
        DataError: the occasion is not known here, or its column is missing.
    """
    if occasion not in PURCHASES:
        raise DataError.because(
            f"{need}: nothing is known of {occasion!r}, which an action follows.",
            hint=f"its occasions are {list(PURCHASES)}, and the kinds of the events given.",
        )
    table, column = narrow(frame, need=need), PURCHASES[occasion]
    require(table, [column], need=f"an action after a {occasion}")
    days = np.array(table[column].to_list(), dtype="datetime64[D]")
    return np.where(np.isnat(days), UNKNOWN, days.astype(np.int64))
