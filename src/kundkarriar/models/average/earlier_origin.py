"""Earlier origins of a summary with gaps: who was known by then, and how often they bought within a horizon."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_ids import positions, unique_ids
from kundkarriar.dates.dates_as_integers import NEVER, date_ticks
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import narrow, numbers
from kundkarriar.season.season import Season
from kundkarriar.season.season_clock import read_season_key
from kundkarriar.summaries.earlier.earlier_summary import earlier_summary
from kundkarriar.summaries.holdout_period import summary_day
from kundkarriar.summaries.packed_gaps import GAPS, MADE_BY
from kundkarriar.summaries.table_kind import SUMMARY, read_unit

LEAST_HISTORY = 0.95
"""Least history before an origin that nobody chose by hand, as a share of the outcome after it."""


@frozen(kw_only=True, eq=False)
class EarlierOrigin:
    """The customers known at the end of a day, and what they bought from then on.

    Attributes:
        date: the last day that a forecast may read.
        until: the last day of the outcome.
        horizon: from `date` to `until` in periods of the summary, in the time of its season.
        summary: the customers who had bought by `date`, n rows.
        customer: the row of each of them in the summary that all origins come from, (n,).
        actual: the purchase days of each of them after `date`, up to `until`, (n,).
    """

    date: np.datetime64
    until: np.datetime64
    horizon: float
    summary: Any
    customer: Whole
    actual: Array

    @classmethod
    def of(cls, summary: Any, *, date: np.datetime64, until: np.datetime64, need: str) -> EarlierOrigin:
        """The origin at `date` of a summary with gaps of `until` or a later day.

        Raises:
            DataError: nobody had bought twice by `date`; no gaps.
        """
        table = narrow(summary, need=need)
        then = earlier_summary(summary, as_of=date, need=need)
        later = summary if summary_day(table, need=need) == until else earlier_summary(summary, as_of=until, need=need)
        wide, ahead = narrow(then, need=need), narrow(later, need=need)
        ids = unique_ids(wide, need=need)
        at = positions(ids, among=unique_ids(ahead, need=need))
        before = numbers(wide, "frequency", need=need)
        if not before.any():
            raise DataError.because(
                f"{need} judges models by forecasts from {date}, and by then nobody had bought twice.",
                hint="a shorter horizon, fewer origins, or more data.",
            )
        return cls(
            date=date,
            until=until,
            horizon=_periods(
                date,
                until,
                key=read_season_key(table, need=need),
                unit=read_unit(table, kind=SUMMARY, need=need, expected=None),
            ),
            summary=then,
            customer=positions(ids, among=unique_ids(table, need=need)),
            actual=numbers(ahead, "frequency", need=need)[at] - before,
        )


def observed_days(summary: Any, *, need: str) -> tuple[np.datetime64, np.datetime64, np.datetime64]:
    """The first and the last day with a purchase, and the last day that counts, of a summary."""
    frame = narrow(summary, need=need)
    end = summary_day(frame, need=need)
    first, last = (date_ticks(frame, name, need=need, nullable=True) for name in ("first_purchase", "last_purchase"))
    return np.datetime64(int(first[first != NEVER].min()), "D"), np.datetime64(int(last.max()), "D"), end


def history_before(begin: np.datetime64, end: np.datetime64, *, span: Period) -> int:
    """Days of data from `begin` to the origin one `span` before `end`."""
    return int((span.before(end) - begin).astype(np.int64)) + 1


def refuse_without_gaps(summary: Any, *, need: str) -> None:
    """Refuse a summary that does not tell on which days customers bought."""
    if GAPS not in narrow(summary, need=need).columns:
        raise CapabilityError.because(
            f"{need} judges models by forecasts from an earlier day, and this summary does not tell what had been"
            f" bought by then: it has no column `{GAPS}`.",
            hint=f"{MADE_BY} writes it.",
        )


def _periods(date: np.datetime64, until: np.datetime64, *, key: str | None, unit: str) -> float:
    """The time between the ends of two days in periods of `unit`, in the time of the season with the `key`."""
    days = int((until - date).astype(np.int64))
    if key is None:
        return days / DAYS[unit]
    return Season(index=[float(each) for each in key.split(" ")]).ahead(Period(days, "D"), as_of=date, period=unit)
