"""Dates on which nothing happened: which they are, and what is said of them, whoever reads the dates."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kundkarriar.errors import DataError, DataWarning, as_text
from kundkarriar.frames import rows_where
from kundkarriar.orders.placeholder_days import NONE, far_from_the_rest, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame

STAND_IN = (
    "these are such as systems write where there is no date, and within a year of them lies no other date, or only "
    "such as are far from the rest"
)
"""What is wrong with placeholders."""


class StrayDates(NamedTuple):
    """Which dates are no dates like the others, (n,) each.

    Attributes:
        stands_in: which stand for "no date".
        far: which others lie far from the rest.
    """

    stands_in: NDArray[np.bool_]
    far: NDArray[np.bool_]


def stray_dates(date: NDArray[np.datetime64], *, among: NDArray[np.int64] = NONE) -> StrayDates:
    """Which dates stand for "no date", and which of the rest lie far; a missing date is neither.

    Args:
        date: NaT where it is missing, (n,).
        among: further days of the same history, from 1970-01-01, (m,).

    >>> stray_dates(np.array(["1900-01-01", "2026-01-05", "NaT"], dtype="datetime64[D]")).stands_in.tolist()
    [True, False, False]
    """
    stands_in, far = np.zeros(len(date), dtype=bool), np.zeros(len(date), dtype=bool)
    day, known = date.astype("datetime64[D]").astype(np.int64), ~np.isnat(date)
    stands_in[known] = placeholders(day[known], among=among)
    known &= ~stands_in
    far[known] = far_from_the_rest(day[known], among=among)
    return StrayDates(stands_in, far)


def check_dates(
    frame: NarrowFrame, column: str, day: NDArray[np.int64], *, among: NDArray[np.int64], need: str, of: str, hint: str
) -> None:
    """Refuse placeholders in a column of dates, and tell of dates far from the rest.

    Args:
        frame: where the column stands.
        column: its name.
        day: its days from 1970-01-01, the least integer (NaT) where there is none, (n,).
        among: the purchase days of the same history, (m,).
        need: who asks, as the start of a sentence.
        of: what happened on these days.
        hint: how the column gets rid of placeholders.

    Raises:
        DataError: a day stands for "no date".

    Warns:
        DataWarning: days lie far from the rest.
    """
    stray = stray_dates(day.astype("datetime64[D]"), among=among)
    shown = ["customer_id", column, "event"]
    if stray.stands_in.any():
        raise DataError.at_rows(
            f"{need} needs the days of {of} in `{column}`: {STAND_IN}",
            rows_where(frame, stray.stands_in, shown),
            of=len(frame),
            hint=hint,
        )
    warn_of_far(frame, column, stray.far, need=need, shown=shown, stacklevel=6)


def warn_of_far(
    frame: NarrowFrame, column: str, far: NDArray[np.bool_], *, need: str, shown: Iterable[str], stacklevel: int = 3
) -> None:
    """Tell of dates far from the rest that are kept, where there are any."""
    if far.any():
        warnings.warn(
            f"{need} kept {far.sum():,} of {len(far):,} rows whose `{column}` lies further from the rest than all of "
            "that is long, and more than 20 years: customers are as old as their first date says.\n\n"
            + as_text(rows_where(frame, far, shown)),
            DataWarning,
            stacklevel=stacklevel,
        )
