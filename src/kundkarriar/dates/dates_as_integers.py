"""Reading of date columns of a frame as integers: days, or microseconds, since 1970-01-01."""

from __future__ import annotations

from typing import NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.dates.order_dates import FIRST_YEAR, LAST_YEAR, as_datetimes, within_years
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, refuse_rows

NEVER = np.iinfo(np.int64).min
"""The integer of a missing date; numpy reads it as NaT."""

TICKS = {"D": 1, "s": 24 * 60 * 60 * 1_000_000}
"""Ticks per day by `merge`: time is counted in days ("D"), or in microseconds ("s")."""


class DateHints(NamedTuple):
    """Hints for the three errors of a date column: wrong type, missing dates, impossible years."""

    form: str
    missing: str
    years: str

    @classmethod
    def of_column(cls, column: str) -> DateHints:
        """Hints for a column that `kk.transactions` does not read, such as `events["date"]`."""
        return cls(
            form=f'make them dates: {column} = pd.to_datetime({column}, format="%Y-%m-%d"), in polars .str.to_date('
            '"%Y-%m-%d"); a time zone goes with .dt.tz_convert("Europe/Stockholm").dt.tz_localize(None).',
            missing="repair or leave out these rows.",
            years="repair these dates.",
        )


OF_ORDERS = DateHints(
    form="kk.transactions(orders, date=..., date_format=..., time_zone=...) reads dates strictly.",
    missing='kk.transactions(orders, ..., missing="drop") leaves such rows out and counts them.',
    years="repair these dates; kk.transactions(orders, date=..., date_format=...) reads dates strictly.",
)


def date_ticks(
    frame: NarrowFrame, column: str, *, ticks: int = 1, need: str, nullable: bool = False, hints: DateHints = OF_ORDERS
) -> Whole:
    """A date column in `ticks` per day since 1970-01-01, (n,); a missing date is `NEVER` where `nullable`.

    Raises:
        DataError: the column holds no dates or has a time zone; a date is missing or outside the years 100 to 9999.
    """
    series = frame[column]
    dtype = series.dtype
    if not (isinstance(dtype, nw.Date) or (isinstance(dtype, nw.Datetime) and dtype.time_zone is None)):
        raise DataError.because(
            f"{need} needs local dates without a time zone in `{column}`, found {dtype}.", hint=hints.form
        )
    values = as_datetimes(series)
    missing = np.isnat(values)
    shown = ["customer_id", column, "amount"]
    if not nullable:
        law = f"{need} needs a date in `{column}` on every row"
        refuse_rows(frame, missing, law, hint=hints.missing, shown=shown)
    values, outside = within_years(values)
    law = f"{need} needs dates of the years {FIRST_YEAR} to {LAST_YEAR} in `{column}`"
    refuse_rows(frame, outside, law, hint=hints.years, shown=shown)
    return values.astype("datetime64[D]" if ticks == 1 else "datetime64[us]").astype(np.int64)


def earliest_day(*days: Whole) -> Whole:
    """The earliest of several days, (n,) each; `NEVER` where all are.

    >>> earliest_day(np.array([5, NEVER]), np.array([NEVER, NEVER])).tolist() == [5, NEVER]
    True
    """
    undated = np.iinfo(np.int64).max
    first = np.minimum.reduce([np.where(day == NEVER, undated, day) for day in days])
    return np.where(first == undated, NEVER, first)


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
