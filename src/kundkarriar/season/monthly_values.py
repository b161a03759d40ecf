"""Twelve values of the months as they are given: in order from January on, or by month, a number or a date each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arguments import is_whole, refusal
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, require

MONTHS = 12
BY_MONTH = "by month, 1 to 12, or by a date in each month"
HINT = "kk.Season(index={1: 0.8, 2: 0.8, ..., 12: 2.0}), or twelve numbers from January on."


def monthly_values(given: Any, name: str) -> Any:
    """The values of the argument `name` from January on, where `given` says their months; else `given` as it is.

    The keys of a mapping and the labels of a pandas Series are months; labels of 0, 1, 2, ... are none.

    Raises:
        DataError: a key that is no month, a month that lacks or stands twice.

    >>> monthly_values({12: 2.0, **dict.fromkeys(range(1, 12), 1.0)}, "index")[-2:]
    [1.0, 2.0]
    >>> monthly_values([1, 2], "index")
    [1, 2]
    """
    if isinstance(given, Mapping) and given:
        return _in_order(given.keys(), given.values(), name)
    if isinstance(given, pd.Series) and not given.index.equals(pd.RangeIndex(len(given))):
        return _in_order(given.index, given.tolist(), name)
    return given


def index_of_frame(given: Any) -> Any:
    """The column `index` of a frame, from January on by its column `month`; what is no frame as it is.

    Raises:
        DataError: the frame lacks a column, or as in `monthly_values`.
    """
    if not hasattr(type(given), "columns"):
        return given
    frame = narrow(given, need="kk.Season(index=...)")
    require(frame, ["month", "index"], need="kk.Season(index=...)")
    return _in_order(frame["month"].to_list(), frame["index"].to_list(), "index")


def _in_order(labels: Iterable[Any], values: Iterable[Any], name: str) -> list[Any]:
    months = [_month(label, name) for label in labels]
    count = np.bincount(months, minlength=MONTHS + 1)[1:]
    for law, wrong in (("lacks", count == 0), ("has twice or more often", count > 1)):
        if wrong.any():
            told = ", ".join(f"{_month_name(month)} ({month})" for month in (np.flatnonzero(wrong) + 1).tolist())
            hint = "write 0 for a closed month." if law == "lacks" else "of several years take the mean of each month."
            raise DataError.because(f"`{name}` {law} {told}: by month it has each of the twelve once.", hint=hint)
    return [value for _, value in sorted(zip(months, values, strict=True), key=lambda each: each[0])]


def _month(label: Any, name: str) -> int:
    """The month, 1 to 12, that a label says."""
    if is_whole(label) and 1 <= label <= MONTHS:
        return int(label)
    day = label.end_time if isinstance(label, pd.Period) else label
    if isinstance(day, date | np.datetime64 | str):
        try:
            return pd.Timestamp(as_day(day, name=name)).month
        except DataError:
            pass
    raise refusal(label, name, law=BY_MONTH, hint=HINT)


def _month_name(month: int) -> str:
    return pd.Timestamp(2000, month, 1).month_name()
