"""The table of memberships (contractual settings): per member, the number of renewals and whether the member ended."""

from typing import Any

import numpy as np

from kundkarriar.arguments import COLUMN
from kundkarriar.arrays import Mask, Whole
from kundkarriar.customer_ids import unique_ids
from kundkarriar.dates.order_dates import FIRST_YEAR, LAST_YEAR, date_hint, order_dates
from kundkarriar.dates.period import Period, as_day, day_number
from kundkarriar.errors import DataError, warn
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, refuse_rows, require, text_column
from kundkarriar.summaries.discrete_time.calendar_steps import add_steps, calendar_step, step_text, steps_between

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
    """Number of renewals of each member at the end of the day `as_of`, and whether the membership has ended.

    A membership runs for one period and is then renewed or not; renewals are due one period, two periods, ... after
    `start`. A membership that ends within a period counts as ended at the end of that period. If that period is not
    over by `as_of`, it counts as not ended; a warning gives their number. `end` may be the last day of the membership
    or the first day without it: both mean the same renewal.

    Args:
        members: one row per member. Members with a `start` after `as_of` are not read.
        as_of: the last day that counts: "2026-10-31", or a date. Memberships that end later have not ended.
        every: the period of the contract: "Y", "M", "3M", "4W", "30D". There is no default.
        customer_id: the column of ids.
        start: the column of first days.
        end: the column of last days, missing for current members.
        date_format: the format of dates given as text, if not as 2026-10-31.
        time_zone: the members' time zone, for dates that have a time zone: "Europe/Stockholm".

    Returns:
        customer_id; renewals (int, 0 within the first period and for members who did not renew once); ended (whether
        the member did not renew the next time); start; every. Rows are in the given order.

    Raises:
        DataError: a column is missing or holds no dates; an id is missing or repeated; an `end` lies before its
            `start`; no membership had started by `as_of`.

    Warns:
        DataWarning: memberships ended in a period that is not over by `as_of`.

    >>> import pandas as pd
    >>> club = pd.DataFrame({"customer_id": ["a", "b", "c"], "start": pd.to_datetime(["2020-01-01"] * 3)})
    >>> club["end"] = pd.to_datetime(["2020-12-31", "2022-06-30", None])
    >>> memberships(club, as_of="2023-06-30", every="Y")[["customer_id", "renewals", "ended", "every"]]
      customer_id  renewals  ended every
    0           a         0   True     Y
    1           b         2   True     Y
    2           c         3  False     Y
    """
    span, now = calendar_step(every), day_number(as_day(as_of, name="as_of"))
    frame = narrow(members, need=NEED)
    columns = {"customer_id": customer_id, "start": start, "end": end}
    require(frame, [COLUMN.read(column, name) for name, column in columns.items()], need=NEED)
    if not len(frame):
        raise DataError.because(f"{NEED} needs members, got an empty frame.", hint="check the file or filter.")
    ids = unique_ids(frame, need=NEED, column=customer_id, shown=(start, end), hint=TWICE)
    shown, how = [customer_id, start, end], {"date_format": date_format, "time_zone": time_zone}
    began, left = (_days(frame, name, shown=shown, **how) for name in (start, end))
    law, hint = f"{NEED} needs a date in `{start}` on every row", "repair or leave out these rows."
    refuse_rows(frame, began == NOT_ENDED, law, hint=hint, shown=shown)
    law, hint = f"{NEED}: `{end}` must not lie before `{start}`", "one of the two is wrong."
    refuse_rows(frame, left < began, law, hint=hint, shown=shown)
    started = np.flatnonzero(began <= now)
    if not len(started):
        raise DataError.because(
            f"{NEED}: nobody had started by {np.datetime64(now, 'D')}, of {len(frame):,} members.",
            hint="check `start` and `as_of`.",
        )
    began, left = began[started], left[started]
    passed = steps_between(began, now, every=span)
    signed_for = np.maximum(steps_between(began, np.where(left == NOT_ENDED, now, left) - 1, every=span) + 1, 1)
    left_by_now = left <= now
    ended = left_by_now & (signed_for <= passed)
    _warn_of_open_periods(began, left_by_now & ~ended, signed_for, span=span, now=now)
    return new_frame(
        {
            "customer_id": ids[started],
            "renewals": np.where(ended, signed_for - 1, passed),
            "ended": ended,
            "start": began.astype("datetime64[D]").astype("datetime64[us]"),
            "every": text_column([step_text(span)], np.zeros(len(started), np.int64), like=members),
        },
        like=members,
    )


NOT_ENDED = np.iinfo(np.int64).max
"""The last day of a current member."""

TWICE = "a member who came back has two memberships: give each an id of its own, or keep the first."
"""Hint for a member with two rows."""


def _days(
    frame: NarrowFrame, column: str, *, shown: list[str], date_format: str | None, time_zone: str | None
) -> Whole:
    """A column of dates as days since 1970-01-01, (n,); `NOT_ENDED` where missing."""
    series = frame[column]
    if series.is_null().all():  # pandas keeps these as numbers or objects
        return np.full(len(frame), NOT_ENDED)
    dates, unreadable, outside = order_dates(series, date_format=date_format, time_zone=time_zone)
    law, hint = f"{NEED} needs dates of the years {FIRST_YEAR} to {LAST_YEAR} in `{column}`", "repair these dates"
    refuse_rows(frame, outside, law, hint=f"{hint}; leave an unknown end missing.", shown=shown)
    hint = date_hint(series, unreadable, date_format=date_format)
    refuse_rows(frame, unreadable, f"{NEED} needs dates in `{column}`", hint=hint, shown=shown)
    return np.where(np.isnat(dates), NOT_ENDED, dates.astype("datetime64[D]").astype(np.int64))


def _warn_of_open_periods(began: Whole, early: Mask, signed_for: Whole, *, span: Period, now: int) -> None:
    if early.any():
        latest = add_steps(began[early], signed_for[early], every=span).max()
        warn(
            f"{early.sum():,} of {len(early):,} members left within a period that is not over by "
            f"{np.datetime64(now, 'D')} and stand as members until it is; the last of these periods ends on "
            f"{np.datetime64(int(latest), 'D')}."
        )
