"""Days that stand for "no date", and days far from all others: one of them makes a customer a century old."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
"""What systems write where there is no date."""

NEIGHBOURS = 366
"""A placeholder is a date like others where a plain one lies within a year."""

FAR = 20 * 366
"""Days between two dates of one history that are never far: twenty years."""


NONE = np.empty(0, dtype=np.int64)


def placeholders(day: NDArray[np.int64], *, among: NDArray[np.int64] = NONE) -> NDArray[np.bool_]:
    """Which days stand for "no date": such as systems write, and no plain date within a year, (n,).

    A plain date is none that systems write, and not far from the rest of these: two wrong dates beside each other do
    not make each other right.

    Args:
        day: from 1970-01-01, (n,).
        among: further days of the same history, which are not asked about, (m,).

    >>> days = np.array(["1900-01-01", "1900-01-01", "2026-01-05"], dtype="datetime64[D]").astype(np.int64)
    >>> placeholders(days).tolist(), placeholders(days[:2] + 300).tolist()
    ([True, True, False], [False, False])
    >>> placeholders(days, among=days[:2] + 300).tolist()
    [False, False, False]
    """
    written = np.array(PLACEHOLDERS, dtype="datetime64[D]").astype(np.int64)
    different, _ = _counted(day)
    if not np.isin(different, written).any():
        return np.zeros(len(day), dtype=bool)
    others, count = _counted(np.concatenate([day, among]))
    unwritten = ~np.isin(others, written)
    others, count = others[unwritten], count[unwritten]
    others = others[~_far(others, others, count)]
    near = np.searchsorted(others, written + NEIGHBOURS, side="right") > np.searchsorted(others, written - NEIGHBOURS)
    return np.isin(day, written[~near])


def far_from_the_rest(day: NDArray[np.int64], *, among: NDArray[np.int64] = NONE) -> NDArray[np.bool_]:
    """Which days lie further from the bulk than all of it is long, and more than twenty years, (n,).

    The bulk is the stretch without a gap of more than twenty years in which most days lie; where there is no such
    majority, nothing is far from it.

    Args:
        day: from 1970-01-01, one per row, (n,).
        among: further days of the same history, which are not asked about, (m,).

    >>> days = np.array(["1926-01-05", "2024-01-05", "2026-01-05"], dtype="datetime64[D]").astype(np.int64)
    >>> far_from_the_rest(days).tolist(), far_from_the_rest(days[:1], among=days[1:]).tolist()
    ([True, False, False], [True])
    """
    together = np.concatenate([day, among])
    if not len(together) or together.max() - together.min() <= FAR:
        return np.zeros(len(day), dtype=bool)
    return _far(day, *_counted(together))


def _far(day: NDArray[np.int64], different: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the days are far from the bulk of the `different` ones, of which there are so many each, (n,)."""
    stretch = np.cumsum(np.diff(different, prepend=different[:1]) > FAR)
    rows = np.bincount(stretch, weights=count)
    if len(rows) < 2 or rows.max() * 2 <= count.sum():
        return np.zeros(len(day), dtype=bool)
    bulk = different[stretch == rows.argmax()]
    reach = max(FAR, int(bulk[-1] - bulk[0]))
    return np.asarray((day < bulk[0] - reach) | (day > bulk[-1] + reach))


def _counted(day: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different days, and how often each comes: a table of days is faster than a sort of rows."""
    if not len(day):
        return day, day
    count = np.bincount(day - day.min())
    at = np.flatnonzero(count)
    return at + day.min(), count[at]
