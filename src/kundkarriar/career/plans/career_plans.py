"""Plans of a career, as a method of a fitted career."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic

from attrs import evolve

from kundkarriar.arguments import read_object
from kundkarriar.career.bridge import Bridge
from kundkarriar.career.no_amounts import sums_of
from kundkarriar.career.plans.action_increments import action_increments
from kundkarriar.career.plans.climbs import climbs_of
from kundkarriar.career.plans.known_events import known_events
from kundkarriar.career.plans.plan_start import check_start
from kundkarriar.dates.period import as_day
from kundkarriar.frames import FrameT
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.microsimulation import FittedMicrosimulation
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.increments.climb_factors import read_climbs
from kundkarriar.strategy.plan.ladder_rungs import check_ladder_rungs
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.plan.planner import StrategyPlanner
from kundkarriar.strategy.review.moved import Standing
from kundkarriar.strategy.review.review import Review
from kundkarriar.strategy.specs.action import Action, as_actions
from kundkarriar.strategy.specs.budget import Budget


class CareerPlans(Generic[FrameT]):
    """What is to be done; a final class holds the table, the scorer and the planner: see `FittedCareer`."""

    __slots__ = ()

    as_of: str
    seed: int
    career: Any
    scorer: FittedValueScorer
    money: Bridge | None
    _table: FrameT
    _summary: Any
    _leads: Any
    _history: LadderHistory[FrameT] | None

    @property
    def microsimulation(self) -> FittedMicrosimulation:
        """The microsimulation of the scorer's process."""
        raise NotImplementedError

    def plan(
        self,
        *,
        budget: Budget,
        start: str,
        actions: Sequence[Action] | None = None,
        holdout: float = 0.1,
        keep_holdout: bool = False,
        contacts: Any = None,
        previous: Any = None,
        events: Any = None,
        until: Any = None,
        force: str | None = None,
        climbs: Any = None,
        planner: StrategyPlanner | None = None,
    ) -> Plan[FrameT]:
        """Assign actions to customers within a budget of money and hours, see `StrategyPlanner.plan`.

        What actions on the purchase process add is counted by the career's scorer: `StrategyPlanner.increments`; those
        on the first purchase, where it has a `first_purchase`, of prospects.

        `until` is the last day of the horizon, to compare plans over the same time; None: see there. Plans in a row,
        each given the `previous` one, add up over one `until` only: without it each has a horizon of its own, from its
        own start, so that twelve months claim more than the year.

        Discounts with an escalation grow as customers climb: by how much is told by the career's microsimulation, under
        the effects of the action, where `climbs` does not say it (see `StrategyPlanner.increments`).

        `planner` takes the place of the career's own planner; None: its own.

        Without `events` those that the career was fitted with are meant; a career that was read back has none.

        Raises:
            CapabilityError: the purchases have no amounts, or the scorer no spend model, and a plan weighs costs
                against value; an effect on what the purchase model does not have.
            DataError: the plan does not start after `as_of`; the playbook is for another ladder, or an action's step
                names a rung that the ladder does not have.

        Warns:
            DataWarning: the plan starts after the horizon of the values, counted from `as_of`; strategies ask for rungs
                that the ladder does not have; the career was stored by an earlier version, without its summary.
        """
        sums_of(self.money, scorer=self.scorer, need="career.plan")
        check_start(start, as_of=self.as_of, horizon=self.scorer.scorer.horizon)
        if until is not None:
            as_day(until, name="until")
        planner = self._planner(planner)
        given = planner.actions if actions is None else as_actions(actions)
        check_ladder_rungs(planner.playbook.strategies, given, rungs=self.career.ladder.names)
        happened = known_events(self._history) if events is None else events
        listed = planner.listed(given)
        if climbs is None:
            climbs = climbs_of(listed, lambda: self.microsimulation, self._history)
        else:
            read_climbs(climbs, actions=listed, frame=self._table, need="career.plan")
        added = action_increments(
            given,
            self._summary,
            leads=self._leads,
            as_of=self.as_of,
            planner=planner,
            scorer=self.scorer,
            budget=budget,
            start=start,
            planned=self._table,
            contacts=contacts,
            previous=previous,
            events=happened,
            until=until,
            climbs=climbs,
        )
        return planner.plan(
            self._table,
            actions=given,
            budget=budget,
            start=start,
            increments=added,
            holdout=holdout,
            keep_holdout=keep_holdout,
            seed=self.seed,
            contacts=contacts,
            previous=previous,
            events=happened,
            force=force,
        )

    def review(
        self,
        plan: Plan[FrameT] | Mapping[str, Any],
        actuals: Mapping[str, Any],
        *,
        as_of: Any = None,
        level: float = 0.95,
        amounts_at: str = "paid",
        planner: StrategyPlanner | None = None,
    ) -> Review[FrameT]:
        """Whether the strategies of a plan worked, see `StrategyPlanner.review`, and who moved.

        A career as of the end of the plan's year has the customers a year later: `review.moved()` tells who came to
        another rung, class and strategy of `planner`. A career as of before the plan's start, such as the one that made
        it, has them as they were, and `moved` is refused.

        Args:
            plan: as there.
            actuals: as there.
            as_of: as there.
            level: as there.
            amounts_at: as there.
            planner: its playbook tells the strategies a year later; None: the career's own.

        Raises:
            DataError: as there.

        Warns:
            DataWarning: as there.
        """
        own = self._planner(planner)
        made = own.review(plan, actuals, as_of=as_of, level=level, amounts_at=amounts_at)
        if self.as_of < made.plan.start:
            return made
        need = "career.review"
        return evolve(made, standing=Standing.read(self._table, playbook=own.playbook, plan=made.plan, need=need))

    def _planner(self, given: StrategyPlanner | None) -> StrategyPlanner:
        """The planner that was given, or the career's own."""
        own: StrategyPlanner = self.career.planner
        hint = "write planner=kk.StrategyPlanner(playbook=..., actions=...), or leave it out."
        return own if given is None else read_object(given, "planner", kind=StrategyPlanner, hint=hint)
