"""The distinct days among the rows of a history, and the number of rows of each."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Whole


def distinct_days(day: Whole) -> tuple[Whole, Whole]:
    """The distinct days, ascending, and the number of each; a table over all days is faster than sorting the rows.

    >>> days, number = distinct_days(np.array([7, -2, 7]))
    >>> days.tolist(), number.tolist()
    ([-2, 7], [1, 2])
    """
    if not len(day):
        return day, day
    count = np.bincount(day - day.min())
    at = np.flatnonzero(count)
    return at + day.min(), count[at]
