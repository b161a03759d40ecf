"""The days on which an action that is repeated contacts a customer."""

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.calendar_months import months_on
from kundkarriar.dates.period import day_number

ROUNDING = 1e-9
"""Of a number of months: seven times a seventh of a year is a year."""
MONTH = 365.2425 / 12
"""Mean length in days."""
AROUND = 4
"""Places of daily contacts by which the mean length of a month is off within a year, at most, and one more."""


def contact_days(
    *, start: np.datetime64, until: np.datetime64, per_year: int, chain: tuple[int, int] | None = None
) -> Whole:
    """Days of the contacts from `start` to `until`, as numbers since 1970-01-01, ascending; none may be.

    The first is on `start`. Contacts lie 12 / `per_year` months apart, whole months by the calendar. Where contacts
    were made before, `chain` has the day that they are counted from, and the place of the next one after it: contacts
    then stay on the days of that chain, unless the next is overdue. So a part of the year has its part of the contacts,
    and the months of a year have together those of the year.

    >>> first, end = np.datetime64("2027-01-01"), np.datetime64("2027-12-31")
    >>> contact_days(start=first, until=end, per_year=4).astype("datetime64[D]").astype(str).tolist()
    ['2027-01-01', '2027-04-01', '2027-07-01', '2027-10-01']
    >>> contact_days(start=np.datetime64("2027-12-15"), until=end, per_year=12).astype("datetime64[D]").size
    1
    >>> contact_days(start=first, until=end, per_year=1, chain=(20_711, 1)).astype("datetime64[D]")
    array(['2027-09-15'], dtype='datetime64[D]')
    """
    first, end = day_number(start), day_number(until)
    since, place = (first, 0) if chain is None or int(day_in_chain(*chain, per_year)) < first else chain
    most = max(int((end - first + 1) / 28 * per_year / 12) + 2, 1)
    days = day_in_chain(since, place + np.arange(most), per_year)
    return days[days <= end]


def day_in_chain(since: int | Whole, place: int | Whole, per_year: int) -> Whole:
    """The day of the contact at a `place`, from 0, in a chain that begins on the day `since`; they broadcast."""
    return _months_after(np.asarray(since, dtype=np.int64), 12 / per_year * np.asarray(place, dtype=np.float64))


def place_in_chain(since: Whole, day: Whole, per_year: int) -> tuple[Whole, Whole]:
    """The place in chains that begin on the days `since` whose day is next to `day`, (m,), and how many days it is off.

    Of several places with the same day it is the last.
    """
    about = np.rint((day - since) / MONTH * per_year / 12).astype(np.int64)
    places = np.maximum(about + np.arange(AROUND, -AROUND - 1, -1)[:, None], 0)
    off = np.abs(day_in_chain(since, places, per_year) - day)
    nearest = np.argmin(off, axis=0)[None]
    place, least = (np.take_along_axis(each, nearest, axis=0)[0] for each in (places, off))
    return place, least


def _months_after(day: Whole, months: Array) -> Whole:
    """The days that lie `months` after `day`; a fraction of a month is one of the month that it begins."""
    whole = np.floor(months + ROUNDING).astype(np.int64)
    here, following = (months_on(day, whole + more) for more in (0, 1))
    part = np.maximum(months - whole, 0.0)
    return np.asarray(here + np.floor(part * (following - here) + ROUNDING).astype(np.int64), dtype=np.int64)
