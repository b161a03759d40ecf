"""Implausible dates: placeholders for a missing date are refused, dates far from all others give a warning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.outlying_days import NO_DAYS, outlying_days
from kundkarriar.dates.placeholder_days import placeholder_days
from kundkarriar.errors import DataError, as_text, warn
from kundkarriar.frames import NarrowFrame, rows_where

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


def check_dates(frame: NarrowFrame, column: str, day: Whole, *, among: Whole, need: str, of: str, hint: str) -> None:
    """Refuse placeholders in a column of dates, and warn of dates far from the rest.

    Args:
        frame: the frame.
        column: the column of dates.
        day: its days since 1970-01-01, the smallest integer (NaT) if missing, (n,).
        among: the purchase days of the same history, (m,).
        need: the caller's name, which starts the messages.
        of: what happened on these days.
        hint: the hint of the error.

    Raises:
        DataError: a day is a placeholder.

    Warns:
        DataWarning: days lie far from the rest.
    """
    implausible = implausible_dates(day.astype("datetime64[D]"), among=among)
    shown = ["customer_id", column, "event"]
    if implausible.placeholder.any():
        raise DataError.at_rows(
            f"{need} needs the days of {of} in `{column}`: {PLACEHOLDER_LAW}",
            rows_where(frame, implausible.placeholder, shown),
            of=len(frame),
            hint=hint,
        )
    warn_of_outlying(frame, column, implausible.outlying, need=need, shown=shown)


def warn_of_outlying(frame: NarrowFrame, column: str, outlying: Mask, *, need: str, shown: Iterable[str]) -> None:
    """Warn of outlying dates, which are kept, if there are any."""
    if outlying.any():
        warn(
            f"{need} kept {outlying.sum():,} of {len(outlying):,} rows whose `{column}` lies further from the rest than"
            " all of that is long, and more than 20 years: customers are as old as their first date says.\n\n"
            + as_text(rows_where(frame, outlying, shown))
        )
