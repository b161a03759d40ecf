"""Detection of placeholder days, which systems write for a missing date (1900-01-01, 1970-01-01, ...)."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.distinct_days import distinct_days
from kundkarriar.dates.outlying_days import NO_DAYS, far_from_bulk

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


def placeholder_days(day: Whole, *, among: Whole = NO_DAYS) -> Mask:
    """Which days are placeholders: dates of `PLACEHOLDERS` without an ordinary date within a year, (n,).

    An ordinary date is not in `PLACEHOLDERS` and not far from the bulk of the others, so that two wrong dates near each
    other do not justify each other.

    Args:
        day: days since 1970-01-01, (n,).
        among: further days of the same history, which are not judged, (m,).

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
    others = others[~far_from_bulk(others, others, count)]
    near = np.searchsorted(others, listed + NEIGHBOURS, side="right") > np.searchsorted(others, listed - NEIGHBOURS)
    return np.isin(day, listed[~near])
