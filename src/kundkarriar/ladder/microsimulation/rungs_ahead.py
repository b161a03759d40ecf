"""The ladder's rules applied to months to come: the state of each path at each month end after the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Whole
from kundkarriar.dates.calendar_months import last_day
from kundkarriar.history.as_of.path_facts import AddedDays, KnownFacts, PathFacts
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.rungs.rung_facts import asking_for_money
from kundkarriar.ladder.rungs.rung_history import RungHistory, months_ahead

NOTHING = AddedDays(path=np.empty(0, np.int64), day=np.empty(0, np.int64))


@frozen(kw_only=True, eq=False)
class RungsAhead:
    """A history with the state of its rungs at the last month end that is over, from which later months go on.

    Attributes:
        history: the history.
        past: its rungs.
        known: its counts and sums, shared by all paths.
        ends: the days of the month ends ahead, from 1970-01-01, (h,).
    """

    history: LadderHistory[Any]
    past: RungHistory
    known: KnownFacts
    ends: Whole

    @classmethod
    def of(cls, history: LadderHistory[Any], *, months: int) -> RungsAhead:
        """The `months` month ends after the last one that is over on the last day of the history."""
        past = history.rung_history()
        ahead = past.opens + past.last_complete + 1 + np.arange(months)
        return cls(history=history, past=past, known=KnownFacts(facts_as_of=history.facts_as_of), ends=last_day(ahead))

    @classmethod
    def over(cls, history: LadderHistory[Any], *, days: float) -> RungsAhead:
        """The month ends within a horizon of `days`; one that ends a day after the horizon is its last."""
        whole = cls.of(history, months=int(days // 28) + 2)
        months = np.searchsorted(whole.ends - whole.known.last, days - 1.0) + 1
        return evolve(whole, ends=whole.ends[:months])

    @property
    def states(self) -> tuple[State, ...]:
        """The states: the rungs, or rung and lapse where the ladder has the flag; a code is a place among them."""
        flags = (None,) if self.history.lapse is None else (False, True)
        return tuple(State(rung=rung.name, lapsed=flag) for rung in self.history.rungs for flag in flags)

    @property
    def asking_for_money(self) -> dict[str, list[str]]:
        """What each rung asks of money, by the name of the rung; rungs that ask nothing of it are left out."""
        return asking_for_money(self.history.rungs)

    @property
    def days(self) -> int:
        """Days from the last day of the history to the last month end ahead."""
        return int(self.ends[-1]) - self.known.last

    @property
    def rung_of(self) -> Whole:
        """The rung of each state, a place among the rungs, (states,)."""
        flags = 1 if self.history.lapse is None else 2
        return np.arange(len(self.states)) // flags

    def current(self) -> Whole:
        """The state of each customer on the last day of the history, (n,)."""
        flags = None if self.past.lapsed is None else self.past.lapsed[-1]
        now: Whole = self._codes(self.past.rung[-1], flags).astype(np.int64)
        return now

    def followed(
        self, customer: Whole, *, purchases: AddedDays = NOTHING, events: Mapping[str, AddedDays] | None = None
    ) -> Any:
        """The state at each month end ahead of P paths, (h, P), as bytes.

        Args:
            customer: customer of each path, (P,).
            purchases: purchase days drawn on the paths.
            events: events drawn on the paths, by name.
        """
        rungs, lapsed = months_ahead(
            self.history.rungs,
            self.history.lapse,
            PathFacts(known=self.known, customer=customer, purchases=purchases, events=events or {}),
            state=self.past.complete.at(customer),
            opens=self.past.opens,
            months=range(self.past.last_complete + 1, self.past.last_complete + 1 + len(self.ends)),
            like=self.history.like,
        )
        return self._codes(rungs, lapsed)

    def _codes(self, rung: Any, lapsed: Any) -> Any:
        """The code of the state of a rung and a flag; bytes hold it, as there are at most 100 rungs."""
        return (rung if lapsed is None else 2 * rung.astype(np.uint8) + lapsed).astype(np.uint8)
