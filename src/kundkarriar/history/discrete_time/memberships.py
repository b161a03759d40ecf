"""One row per member where customers sign for a period and renew or leave: subscriptions, insurance, clubs."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import DataError, DataWarning
from kundkarriar.frames import narrow, new_frame, require, rows_where, text_column
from kundkarriar.history.customer_ids import unique_ids
from kundkarriar.history.discrete_time.anniversaries import step_of, stepped, whole_steps, written
from kundkarriar.history.period import as_day
from kundkarriar.orders.order_dates import FIRST_YEAR, LAST_YEAR, how_to_read, order_dates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT, NarrowFrame
    from kundkarriar.history.period import Period

NEED = "memberships"


def memberships(
    members: FrameT,
    *,
    as_of: Any,
    every: str | Period,
    customer_id: str = "customer_id",
    start: str = "start",
    end: str = "end",
    date_format: str | None = None,
    time_zone: str | None = None,
) -> FrameT:
    """How often each member has renewed at the end of the day `as_of`, and whether they have left.

    A membership runs for one period and is renewed for another, or not; renewals fall one period, two periods, ...
    after `start`. Who leaves within a period leaves at its end: only then could everyone else leave too. So a
    membership that ended in a period which is not over by `as_of` still stands as a member; a warning counts them. An
    `end` is the last day of the membership or the first day without it: both mean the same renewal.

    Args:
        members: one row per member. Whose `start` lies after `as_of` is no member yet and not read.
        as_of: the last day that counts: "2026-10-31", or a date. What ends later has not ended.
        every: the period that members sign for: "Y", "M", "3M", "4W", "30D". There is no default: it is the contract.
        customer_id: the column of ids.
        start: the column of first days.
        end: the column of last days, missing for who is still a member.
        date_format: how dates given as text are written, where not as 2026-10-31.
        time_zone: where the members are, for dates that carry a time zone: "Europe/Stockholm".

    Returns:
        customer_id; renewals (how often renewed, int: 0 for who left at the first renewal, and in the first period);
        ended (whether the member did not renew once more); start; every. Rows in the order given.

    Raises:
        DataError: a column is missing or holds no dates, an id is missing or comes twice, an `end` lies before its
            `start`, or nobody had started by `as_of`.

    Warns:
        DataWarning: memberships ended in a period that is not over.

    >>> import pandas as pd
    >>> club = pd.DataFrame({"customer_id": ["a", "b", "c"], "start": pd.to_datetime(["2020-01-01"] * 3)})
    >>> club["end"] = pd.to_datetime(["2020-12-31", "2022-06-30", None])
    >>> memberships(club, as_of="2023-06-30", every="Y")[["customer_id", "renewals", "ended", "every"]]
      customer_id  renewals  ended every
    0           a         0   True     Y
    1           b         2   True     Y
    2           c         3  False     Y
    """
    span, now = step_of(every), int(as_day(as_of, name="as_of").astype(np.int64))
    frame = narrow(members, need=NEED)
    require(frame, [customer_id, start, end], need=NEED)
    if not len(frame):
        raise DataError.because(f"{NEED} needs members, got an empty frame.", hint="check the file or filter.")
    ids = unique_ids(frame, need=NEED, column=customer_id, shown=(start, end), hint=TWICE)
    shown, how = [customer_id, start, end], {"date_format": date_format, "time_zone": time_zone}
    began, left = (_days(frame, name, shown=shown, **how) for name in (start, end))
    _refuse_backwards(frame, began, left, shown)
    here = np.flatnonzero(began <= now)
    if not len(here):
        raise DataError.because(
            f"{NEED}: nobody had started by {np.datetime64(now, 'D')}, of {len(frame):,} members.",
            hint="check `start` and `as_of`.",
        )
    began, left = began[here], left[here]
    passed = whole_steps(began, now, every=span)
    signed_for = np.maximum(whole_steps(began, np.where(left == STILL, now, left) - 1, every=span) + 1, 1)
    gone = left <= now
    ended = gone & (signed_for <= passed)
    _report_early(began, gone & ~ended, signed_for, span=span, now=now)
    return new_frame(
        {
            "customer_id": ids[here],
            "renewals": np.where(ended, signed_for - 1, passed),
            "ended": ended,
            "start": began.astype("datetime64[D]").astype("datetime64[us]"),
            "every": text_column([written(span)], np.zeros(len(here), np.int64), like=members),
        },
        like=members,
    )


STILL = np.iinfo(np.int64).max
"""The end of who is still a member."""

TWICE = "a member who came back has two memberships: give each an id of its own, or keep the first."
"""The hint where a member has two rows."""


def _days(
    frame: NarrowFrame, column: str, *, shown: list[str], date_format: str | None, time_zone: str | None
) -> NDArray[np.int64]:
    """A column of dates as days from 1970-01-01, (n,); `STILL` where it is missing."""
    series = frame[column]
    if series.is_null().all():  # pandas keeps these as numbers or objects
        return np.full(len(frame), STILL)
    dates, unreadable, outside = order_dates(series, date_format=date_format, time_zone=time_zone)
    if outside.any():
        raise DataError.at_rows(
            f"{NEED} needs dates of the years {FIRST_YEAR} to {LAST_YEAR} in `{column}`",
            rows_where(frame, outside, shown),
            of=len(frame),
            hint="repair these dates; leave an unknown end missing.",
        )
    if unreadable.any():
        raise DataError.at_rows(
            f"{NEED} needs dates in `{column}`",
            rows_where(frame, unreadable, shown),
            of=len(frame),
            hint=how_to_read(series, unreadable, date_format=date_format),
        )
    return np.where(np.isnat(dates), STILL, dates.astype("datetime64[D]").astype(np.int64))


def _refuse_backwards(frame: NarrowFrame, began: NDArray[np.int64], left: NDArray[np.int64], shown: list[str]) -> None:
    _, start, end = shown
    for broken, law, hint in (
        (began == STILL, f"{NEED} needs a date in `{start}` on every row", "repair or leave out these rows."),
        (left < began, f"{NEED}: `{end}` must not lie before `{start}`", "one of the two is wrong."),
    ):
        if broken.any():
            raise DataError.at_rows(law, rows_where(frame, broken, shown), of=len(frame), hint=hint)


def _report_early(
    began: NDArray[np.int64], early: NDArray[np.bool_], signed_for: NDArray[np.int64], *, span: Period, now: int
) -> None:
    if early.any():
        latest = stepped(began[early], signed_for[early], every=span).max()
        warnings.warn(
            f"{early.sum():,} of {len(early):,} members left within a period that is not over by "
            f"{np.datetime64(now, 'D')} and stand as members until it is; the last of these periods ends on "
            f"{np.datetime64(int(latest), 'D')}.",
            DataWarning,
            stacklevel=3,
        )
