"""Implausible dates: placeholders for a missing date are refused, dates far from all others give a warning."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.dates_as_integers import distinct_days
from kundkarriar.errors import as_text, warn
from kundkarriar.frames import NarrowFrame, refuse_rows, rows_where

TWENTY_YEARS = 20 * 366
"""Days between two dates of a history that are never considered far."""

NO_DAYS = np.empty(0, dtype=np.int64)

PLACEHOLDERS = (
    "1601-01-01",  # zero in Windows' file times
    "1753-01-01",  # the least of SQL Server's datetime
    "1800-01-01",
    "1899-12-30",  # zero in spreadsheets, in OLE and Delphi
    "1899-12-31",
    "1900-01-01",  # zero in SQL Server's conversions, and much typed
    "1904-01-01",  # zero in spreadsheets on a Mac
    "1960-01-01",  # zero in SAS
    "1969-12-31",  # zero in Unix, west of Greenwich
    "1970-01-01",  # zero in Unix; numbers such as 20260131 read as nanoseconds
    "1980-01-01",  # zero in DOS
    "2079-06-06",  # the greatest of SQL Server's smalldatetime
    "2099-12-31",
    "2999-12-31",
    "9999-12-31",  # the greatest of SQL
)
"""Dates that systems write for a missing date."""

NEIGHBOURS = 366
"""Days within which an ordinary date makes a placeholder an ordinary date too."""

PLACEHOLDER_LAW = (
    "these are such as systems write where there is no date, and within a year of them lies no other date, or only "
    "such as are far from the rest"
)
"""What messages say about placeholders."""


class ImplausibleDates(NamedTuple):
    """Which dates are implausible, (n,) each.

    Attributes:
        placeholder: which dates stand for a missing date.
        outlying: which other dates lie far from the rest.
    """

    placeholder: Mask
    outlying: Mask


def implausible_dates(date: NDArray[np.datetime64], *, among: Whole = NO_DAYS) -> ImplausibleDates:
    """Which dates are placeholders, and which of the others are outlying; a missing date is neither.

    Args:
        date: the dates, NaT if missing, (n,).
        among: further days of the same history since 1970-01-01, (m,).

    >>> implausible_dates(np.array(["1900-01-01", "2026-01-05", "NaT"], dtype="datetime64[D]")).placeholder.tolist()
    [True, False, False]
    """
    placeholder, outlying = np.zeros(len(date), dtype=bool), np.zeros(len(date), dtype=bool)
    day, known = date.astype("datetime64[D]").astype(np.int64), ~np.isnat(date)
    placeholder[known] = placeholder_days(day[known], among=among)
    known &= ~placeholder
    outlying[known] = outlying_days(day[known], among=among)
    return ImplausibleDates(placeholder, outlying)


def outlying_days(day: Whole, *, among: Whole = NO_DAYS) -> Mask:
    """Which days lie further from the bulk than the bulk is long, and more than twenty years, (n,).

    The bulk is the stretch without gaps of more than twenty years that holds most of the days; without a majority no
    day is outlying. Days that are typing errors in the year are outlying.

    Args:
        day: days since 1970-01-01, one per row, (n,).
        among: further days of the same history, which are not judged, (m,).

    >>> days = np.array(["1926-01-05", "2024-01-05", "2026-01-05"], dtype="datetime64[D]").astype(np.int64)
    >>> outlying_days(days).tolist(), outlying_days(days[:1], among=days[1:]).tolist()
    ([True, False, False], [True])
    """
    all_days = np.concatenate([day, among])
    if not len(all_days) or all_days.max() - all_days.min() <= TWENTY_YEARS:
        return np.zeros(len(day), dtype=bool)
    return _far_from_bulk(day, *distinct_days(all_days))


def placeholder_days(day: Whole, *, among: Whole = NO_DAYS) -> Mask:
    """Which days are placeholders: dates of `PLACEHOLDERS` without an ordinary date within a year, (n,).

    An ordinary date is not in `PLACEHOLDERS` and not far from the bulk of the others, so that two wrong dates near each
    other do not justify each other. Args: as `outlying_days`.

    >>> days = np.array(["1900-01-01", "1900-01-01", "2026-01-05"], dtype="datetime64[D]").astype(np.int64)
    >>> placeholder_days(days).tolist(), placeholder_days(days[:2] + 300).tolist()
    ([True, True, False], [False, False])
    >>> placeholder_days(days, among=days[:2] + 300).tolist()
    [False, False, False]
    """
    listed = np.array(PLACEHOLDERS, dtype="datetime64[D]").astype(np.int64)
    distinct, _ = distinct_days(day)
    if not np.isin(distinct, listed).any():
        return np.zeros(len(day), dtype=bool)
    others, count = distinct_days(np.concatenate([day, among]))
    ordinary = ~np.isin(others, listed)
    others, count = others[ordinary], count[ordinary]
    others = others[~_far_from_bulk(others, others, count)]
    near = np.searchsorted(others, listed + NEIGHBOURS, side="right") > np.searchsorted(others, listed - NEIGHBOURS)
    return np.isin(day, listed[~near])


def _far_from_bulk(day: Whole, distinct: Whole, count: Whole) -> Mask:
    """Which days are far from the bulk of the `distinct` days, each of which occurs `count` times, (n,)."""
    stretch = np.cumsum(np.diff(distinct, prepend=distinct[:1]) > TWENTY_YEARS)
    size = np.bincount(stretch, weights=count)
    if len(size) < 2 or size.max() * 2 <= count.sum():
        return np.zeros(len(day), dtype=bool)
    bulk = distinct[stretch == size.argmax()]
    reach = max(TWENTY_YEARS, int(bulk[-1] - bulk[0]))
    return np.asarray((day < bulk[0] - reach) | (day > bulk[-1] + reach))


def check_dates(frame: NarrowFrame, column: str, day: Whole, *, among: Whole, need: str, of: str, hint: str) -> None:
    """Refuse placeholders in a column of dates, and warn of dates far from the rest.

    `day`, (n,), are the days of the column, `NEVER` if missing; `among`, (m,), the purchase days of the same history;
    `of` is what happened on these days.
    """
    placeholder, outlying = implausible_dates(day.astype("datetime64[D]"), among=among)
    law, shown = f"{need} needs the days of {of} in `{column}`: {PLACEHOLDER_LAW}", ["customer_id", column, "event"]
    refuse_rows(frame, placeholder, law, hint=hint, shown=shown)
    warn_of_outlying(frame, column, outlying, need=need, shown=shown)


def warn_of_outlying(frame: NarrowFrame, column: str, outlying: Mask, *, need: str, shown: Iterable[str]) -> None:
    """Warn of outlying dates, which are kept, if there are any."""
    if outlying.any():
        warn(
            f"{need} kept {outlying.sum():,} of {len(outlying):,} rows whose `{column}` lies further from the rest than"
            " all of that is long, and more than 20 years: customers are as old as their first date says.\n\n"
            + as_text(rows_where(frame, outlying, shown))
        )
