"""Plans that were stored before schedules: their contacts and what they cost, as they were counted then."""

from collections.abc import Sequence

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.dates.period import day_number
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.budget import Budget


def earlier_schedule(actions: Sequence[Action], budget: Budget, *, start: str) -> Schedule:
    """Contacts that lie evenly from `start` to the end of the period."""
    first = day_number(np.datetime64(start, "D"))
    days = day_number(budget.last_day) - first + 1
    patterns = [tuple((first + days * np.arange(times) // times).tolist()) for times in _times(actions, budget)]
    known = list(dict.fromkeys(patterns))
    pattern = np.array([known.index(each) for each in patterns], dtype=np.int64)
    return Schedule(patterns=tuple(known), pattern=pattern.reshape(1, -1))


def earlier_amounts(actions: Sequence[Action], budget: Budget, name: str) -> Array:
    """The "cost" or the "hours" of each action over the period, (1, A)."""
    each = np.array([getattr(action, name) for action in actions], dtype=np.float64)
    return (each * _times(actions, budget)).reshape(1, -1)


def _times(actions: Sequence[Action], budget: Budget) -> list[int]:
    """Repetitions in the period: those of the year times its share of twelve months, rounded, at least one."""
    return [max(1, round(each.per_year * budget.months / 12)) for each in actions]
