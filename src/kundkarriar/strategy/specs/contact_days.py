"""The days on which an action that is repeated contacts a customer."""

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.calendar_months import months_on
from kundkarriar.dates.period import day_number

ROUNDING = 1e-9
"""Of a number of months: seven times a seventh of a year is a year."""


def contact_days(
    *, start: np.datetime64, until: np.datetime64, per_year: int, last: np.datetime64 | None = None
) -> Whole:
    """Days of the contacts from `start` to `until`, as numbers since 1970-01-01, ascending; none may be.

    The first is on `start`, or where a contact was made on the day `last`, when the next is due after it. Contacts lie
    12 / `per_year` months apart, whole months by the calendar. So a part of the year has its part of the contacts, and
    the months of a year have together those of the year.

    >>> first, end = np.datetime64("2027-01-01"), np.datetime64("2027-12-31")
    >>> contact_days(start=first, until=end, per_year=4).astype("datetime64[D]").astype(str).tolist()
    ['2027-01-01', '2027-04-01', '2027-07-01', '2027-10-01']
    >>> contact_days(start=np.datetime64("2027-12-15"), until=end, per_year=12).astype("datetime64[D]").size
    1
    >>> contact_days(start=first, until=end, per_year=1, last=np.datetime64("2026-09-15")).astype("datetime64[D]")
    array(['2027-09-15'], dtype='datetime64[D]')
    """
    apart = 12 / per_year
    first, end = day_number(start), day_number(until)
    if last is not None:
        first = max(first, int(_months_after(day_number(last), np.array([apart]))[0]))
    if end < first:
        return np.zeros(0, dtype=np.int64)
    most = int((end - first + 1) / 28 / apart) + 2
    days = _months_after(first, apart * np.arange(most, dtype=np.float64))
    return days[days <= end]


def _months_after(day: int, months: Array) -> Whole:
    """The days that lie `months` after `day`; a fraction of a month is one of the month that it begins."""
    whole = np.floor(months + ROUNDING).astype(np.int64)
    here, following = (np.array([int(months_on(day, int(each))) for each in whole + more]) for more in (0, 1))
    part = np.maximum(months - whole, 0.0)
    return np.asarray(here + np.floor(part * (following - here) + ROUNDING).astype(np.int64), dtype=np.int64)
