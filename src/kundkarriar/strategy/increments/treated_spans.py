"""The time that contacts of an action treat."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.dates.period import Period, day_number
from kundkarriar.scoring.increments.treated_time import united
from kundkarriar.strategy.specs.action import Action


def lasts_of(action: Action) -> str | None:
    """How long a contact of an action with effects treats; None: until the end of the horizon."""
    return action.lasts if action.acts_on_process or not action.effects else action.effects[0].lasts


def last_treated_day(action: Action, day: int) -> int | None:
    """The last day that a contact on a day treats, as a number since 1970-01-01; None: the end of the horizon."""
    lasts = lasts_of(action)
    return None if lasts is None else _last(lasts, day)


def treated_spans(action: Action, days: Iterable[int], *, now: int, end: int) -> Array:
    """The union of what contacts on these days treat after the day `now` up to the day `end`, (m, 2).

    Spans run from the beginning of the first day to the end of the last, in days from the end of `now`.
    """
    found = []
    for day in days:
        last = last_treated_day(action, day)
        first, until = max(day - 1, now), end if last is None else min(last, end)
        if first < until:
            found.append((float(first - now), float(until - now)))
    return united(found)


@cache
def _last(lasts: str, day: int) -> int:
    return day_number(Period.of(lasts).after(np.datetime64(day, "D"))) - 1
