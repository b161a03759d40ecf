"""Calendar months of days that count from 1970-01-01: first and last days, and steps of whole months."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Mask, Whole


def month_of(day: Any) -> Whole:
    """The month of each day, counted from January 1970."""
    return np.asarray(day, np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_day(month: Any) -> Whole:
    """The first day of each month."""
    return np.asarray(month, np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def last_day(month: Any) -> Whole:
    """The last day of each month.

    >>> last_day([0, 1]).tolist()
    [30, 58]
    """
    return first_day(np.asarray(month, np.int64) + 1) - 1


def is_last_day(day: Any) -> Mask:
    """Whether each day is the last of its month."""
    return np.asarray(np.asarray(day, np.int64) == last_day(month_of(day)))


def months_on(day: Any, months: Any, *, to_last: bool = True) -> Whole:
    """The day `months` months after each day, or before it if `months` is negative.

    The result is the same day of its month, or the last day of a shorter month. With `to_last` the last day of a month
    leads to the last day of a month, as windows and horizons require: spans between month ends are calendar months.
    Anniversaries use to_last=False: 28 February leads to 28 March. Days and months broadcast.

    >>> months_on([180, 179], -3).astype("datetime64[D]")
    array(['1970-03-31', '1970-03-29'], dtype='datetime64[D]')
    >>> months_on(180, -3, to_last=False).astype("datetime64[D]")
    array('1970-03-30', dtype='datetime64[D]')
    """
    day = np.asarray(day, np.int64)
    month = month_of(day)
    target = month + np.asarray(months, np.int64)
    last = last_day(target)
    same = np.minimum(first_day(target) + (day - first_day(month)), last)
    return np.asarray(np.where(is_last_day(day), last, same) if to_last else same)
