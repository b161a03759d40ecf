"""The clock of a warped summary: conversion between calendar time and warped time, and the season a summary stores."""

import math

import numpy as np
from attrs import frozen

from kundkarriar.arguments import as_shown
from kundkarriar.dates.period import DAYS, as_day
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, distinct_values, require
from kundkarriar.season.season import Season, is_key
from kundkarriar.season.warped_time import WarpedMonths, warped_months, warped_span

SEASON_COLUMN = "season"
"""The column of a warped summary with the key of its season; a summary without it is in calendar time."""
WARPED_COLUMNS = (SEASON_COLUMN, "as_of")
FLAT_KEY = " ".join(["1"] * 12)
"""The key of a flat season, which leaves time unwarped."""


@frozen(kw_only=True)
class SeasonClock:
    """Conversion of spans after a day between calendar and warped time, both 0 at the end of `as_of`, in `period`s.

    >>> from kundkarriar.season.season import Season
    >>> christmas = SeasonClock(season=Season(index=[1] * 11 + [2]), as_of="2026-11-30", period="D")
    >>> round(christmas.warped(31.0), 2), round(christmas.calendar(57.15), 2)
    (57.15, 31.0)
    """

    season: Season
    as_of: str
    period: str

    def warped(self, horizon: float) -> float:
        """Warped time of `horizon` calendar periods, above 0 or refused; infinity stays infinity."""
        if math.isinf(horizon):
            return horizon
        days = horizon * DAYS[self.period]
        warped = warped_span(day=self._now, days=days, index=self.season.index) / DAYS[self.period]
        if warped <= 0:
            raise DataError.because(
                f"the season's index is 0 in all of the {days:g} days after {self.as_of}: nothing is bought in them.",
                hint="a horizon that reaches beyond the closed months.",
            )
        return warped

    def calendar(self, warped: float) -> float:
        """Calendar periods after which `warped` periods of warped time have passed."""
        reach = warped + 366.0 / DAYS[self.period]  # warped and calendar time differ by less than a year
        return float(self.months(reach).time_at(np.array(warped)))

    def months(self, horizon: float) -> WarpedMonths:
        """The months of `horizon` calendar periods, with the speed of warped time in each."""
        unit = DAYS[self.period]
        return warped_months(day=self._now, days=horizon * unit, index=self.season.index, unit=unit)

    @property
    def _now(self) -> float:
        return float(as_day(self.as_of, name="as_of").astype(np.int64) + 1)


def read_season_key(summary: NarrowFrame, *, need: str) -> str | None:
    """The key of the season that warps the time of `summary`, one for all rows; None for calendar time."""
    if not set(WARPED_COLUMNS) <= set(summary.columns):
        return None
    keys = distinct_values(summary[SEASON_COLUMN])
    if len(keys) != 1:
        raise DataError.because(
            f"{need} needs a summary of one season, found {len(keys)}.",
            hint="kk.summarize(transactions, as_of=..., season=season) with one season for all customers.",
        )
    if not is_key(keys[0]):
        raise DataError.because(
            f"{need} needs the key of a season in `{SEASON_COLUMN}`, found {as_shown(keys[0])}.",
            hint="kk.summarize(transactions, as_of=..., season=season) writes it; drop the column if it means something"
            " else.",
        )
    return None if keys[0] == FLAT_KEY else str(keys[0])


def require_same_season(key: str | None, *, fitted: str | None, need: str) -> None:
    """Refuse the `key` of a summary's season that is not the one of the fit."""
    if key != fitted:
        mine, theirs = ("the calendar's" if each is None else f"that of the season {each}" for each in (fitted, key))
        raise DataError.because(
            f"{need}: the time that the model was fitted to is {mine}, the time of the summary is {theirs}.",
            hint="kk.summarize(transactions, as_of=..., season=season) with the same season (or none) for both.",
        )


def read_warped_as_of(summary: NarrowFrame, *, season: Season | None, need: str) -> str | None:
    """The `as_of` of a summary that is warped by `season`, as text; None without a season, which it must lack too."""
    if season is None:
        if set(WARPED_COLUMNS) <= set(summary.columns):
            raise DataError.because(
                f"{need} counts the calendar's time, and `recency` and `T` of the summary are warped by a season.",
                hint="kk.ValueScorer(season=season, ...) with the season that kk.summarize was given.",
            )
        return None
    hint = "kk.summarize(transactions, as_of=..., season=season) with the same season."
    if SEASON_COLUMN not in summary.columns:
        raise DataError.because(
            f"{need} counts time by a season, and the summary has no column `{SEASON_COLUMN}`: its time is the"
            " calendar's.",
            hint=hint,
        )
    require(summary, WARPED_COLUMNS, need=need)
    keys, days = (
        {
            value if isinstance(value, str) else str(as_day(value, name="as_of"))
            for value in distinct_values(summary[name])
        }
        for name in WARPED_COLUMNS
    )
    if keys != {season.key} or len(days) != 1:
        raise DataError.because(
            f"{need} needs a summary of one day and of its own season ({season.key}), found {sorted(days)[:3]} and "
            f"{sorted(keys)[:3]}.",
            hint=hint,
        )
    return days.pop()


def read_season_clock(summary: NarrowFrame, *, season: Season | None, period: str, need: str) -> SeasonClock | None:
    """The clock of `summary` in `period`s; None for calendar time and for a flat season."""
    day = read_warped_as_of(summary, season=season, need=need)
    if season is None or day is None or season.flat:
        return None
    return SeasonClock(season=season, as_of=day, period=period)
