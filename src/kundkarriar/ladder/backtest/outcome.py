"""Where the customers known at an origin stood afterwards: what forecasts are held against."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Whole
from kundkarriar.dates.calendar_months import is_last_day, month_of
from kundkarriar.ladder.career_panel import CareerPanel
from kundkarriar.ladder.movement.state_columns import rungs_of


@frozen(kw_only=True, eq=False)
class Outcome:
    """The customers known at an origin, and where they stood afterwards.

    Attributes:
        date: the origin.
        known: their careers.
        actual: state of each in each month ahead, (n, months); -1 where it is not known.
    """

    date: np.datetime64
    known: CareerPanel
    actual: Whole

    @classmethod
    def of(cls, panel: CareerPanel, *, date: np.datetime64, months: int) -> Outcome:
        """After the last month that is over on `date`: at most so many months, and none that the panel lacks."""
        month = int(month_of(date.astype(np.int64))) - (not is_last_day(date.astype(np.int64)))
        known, ahead = panel.of(panel.entry <= month), min(months, panel.last - month)
        actual = known.states_after(month, months=ahead) if ahead > 0 else np.empty((len(known), 0), np.int64)
        return cls(date=date, known=known, actual=actual)

    @property
    def rungs(self) -> list[str]:
        """The rungs, from low to high."""
        return rungs_of(self.known.states)

    @property
    def rung(self) -> Whole:
        """The rung of each state, a place among them, (S,)."""
        return np.array([self.rungs.index(state.rung) for state in self.known.states])

    @property
    def came(self) -> Whole:
        """The rung of each customer in each month ahead, (n, months); -1 where it is not known."""
        return np.where(self.actual >= 0, self.rung[self.actual], -1)
