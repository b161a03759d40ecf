"""The time of a warped summary: which season it runs by, and where it stands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import different, require
from kundkarriar.history.period import DAYS, as_day
from kundkarriar.season.warped_time import Stretches, lead, stretches

if TYPE_CHECKING:
    from kundkarriar.frames import NarrowFrame
    from kundkarriar.season.season import Season

MARK = "season"
"""The column of a warped summary that holds the season's key; a summary without it counts the calendar's time."""
MARKED = (MARK, "as_of")
FLAT = " ".join(["1"] * 12)
"""The key of a flat season, whose time is the calendar's."""


@frozen(kw_only=True)
class SeasonClock:
    """Spans after a day, in periods of the calendar and in periods of warped time.

    Attributes:
        season: which warps it.
        as_of: the day at whose end both start from 0.
        period: the unit of both.

    >>> from kundkarriar.season.season import Season
    >>> christmas = SeasonClock(season=Season(index=[1] * 11 + [2]), as_of="2026-11-30", period="D")
    >>> round(christmas.warped(31.0), 2), round(christmas.calendar(57.15), 2)
    (57.15, 31.0)
    """

    season: Season
    as_of: str
    period: str

    def warped(self, horizon: float) -> float:
        """`horizon` periods of the calendar in warped time; lifelong is lifelong.

        Raises:
            DataError: nothing can be bought in all that time.
        """
        if math.isinf(horizon):
            return horizon
        days = horizon * DAYS[self.period]
        gained = lead(day=[self._now, self._now + days], index=self.season.index)
        warped = (days + gained[1] - gained[0]) / DAYS[self.period]
        if warped <= 0:
            raise DataError.because(
                f"the season's index is 0 in all of the {days:g} days after {self.as_of}: nothing is bought in them.",
                hint="a horizon that reaches beyond the closed months.",
            )
        return float(warped)

    def calendar(self, warped: float) -> float:
        """After how many periods of the calendar `warped` periods have passed."""
        reach = warped + 366.0 / DAYS[self.period]  # the two never differ by a year
        return float(self.stretches(reach).time_at(np.array(warped)))

    def stretches(self, horizon: float) -> Stretches:
        """The months of `horizon` periods of the calendar."""
        unit = DAYS[self.period]
        return stretches(day=self._now, days=horizon * unit, index=self.season.index, unit=unit)

    @property
    def _now(self) -> float:
        return float(as_day(self.as_of, name="as_of").astype(np.int64) + 1)


def read_mark(summary: NarrowFrame, *, need: str) -> str | None:
    """The key of the season that warps the time of `summary`, None where it is the calendar's.

    Raises:
        DataError: rows of several seasons.
    """
    if not set(MARKED) <= set(summary.columns):
        return None
    keys = different(summary[MARK])
    if len(keys) != 1:
        raise DataError.because(
            f"{need} needs a summary of one season, found {len(keys)}.",
            hint="kk.summarize(transactions, as_of=..., season=season) with one season for all customers.",
        )
    return None if keys[0] == FLAT else str(keys[0])


def same_mark(mark: str | None, *, fitted: str | None, need: str) -> None:
    """Refuse a summary of another time than a model was fitted to.

    Args:
        mark: of the summary, as `read_mark` gives it.
        fitted: of the one that the model was fitted to.
        need: who asks, as the start of a sentence.

    Raises:
        DataError: one is warped and the other not, or each by a season of its own.
    """
    if mark != fitted:
        mine, theirs = ("the calendar's" if key is None else f"that of the season {key}" for key in (fitted, mark))
        raise DataError.because(
            f"{need}: the time that the model was fitted to is {mine}, the time of the summary is {theirs}.",
            hint="kk.summarize(transactions, as_of=..., season=season) with the same season (or none) for both.",
        )


def read_day(summary: NarrowFrame, *, season: Season | None, need: str) -> str | None:
    """The day of a summary that was made with `season`, as text; None where that is None.

    Args:
        summary: from `kk.summarize`.
        season: the one that it must have been made with; None: none.
        need: who asks, as the start of a sentence.

    Raises:
        DataError: it was made with another season, with none, or with one though none is asked for.
    """
    if season is None:
        if set(MARKED) <= set(summary.columns):
            raise DataError.because(
                f"{need} counts the calendar's time, and `recency` and `T` of the summary are warped by a season.",
                hint="kk.ValueScorer(season=season, ...) with the season that kk.summarize was given.",
            )
        return None
    if MARK not in summary.columns:
        raise DataError.because(
            f"{need} counts time by a season, and the summary has no column `{MARK}`: its time is the calendar's.",
            hint="kk.summarize(transactions, as_of=..., season=season) with the same season.",
        )
    require(summary, MARKED, need=need)
    keys, days = ({_plain(value) for value in different(summary[name])} for name in MARKED)
    if keys != {season.key} or len(days) != 1:
        raise DataError.because(
            f"{need} needs a summary of one day and of its own season ({season.key}), found {sorted(days)[:3]} and "
            f"{sorted(keys)[:3]}.",
            hint="kk.summarize(transactions, as_of=..., season=season) with the same season.",
        )
    return days.pop()


def read_clock(summary: NarrowFrame, *, season: Season | None, period: str, need: str) -> SeasonClock | None:
    """The time that `summary` counts in `period`s, None where it is the calendar's; a flat season is no season.

    Raises:
        DataError: as `read_day`.
    """
    day = read_day(summary, season=season, need=need)
    if season is None or day is None or season.flat:
        return None
    return SeasonClock(season=season, as_of=day, period=period)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else str(as_day(value, name="as_of"))
