"""The plan: an action, or none, for each customer, with its cost and incremental value, as tables and sentences."""

from __future__ import annotations

from typing import Any, Generic

import narwhals.stable.v2 as nw
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import SEED
from kundkarriar.arrays import Array
from kundkarriar.fields import all_instances_of, instance_of
from kundkarriar.frames import FrameT, narrow
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import Form, written
from kundkarriar.strategy.checks.plan_checks import plan_checks
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.decisions import DECISIONS, Decisions
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.assignments import assignments
from kundkarriar.strategy.plan.views.discounts import discounts
from kundkarriar.strategy.plan.views.explanation import explanation
from kundkarriar.strategy.plan.views.groups import plan_groups
from kundkarriar.strategy.plan.views.sensitivity import sensitivity
from kundkarriar.strategy.plan.views.shadow_prices import shadow_prices
from kundkarriar.strategy.plan.views.summary import plan_summary
from kundkarriar.strategy.plan.views.worklist import worklist
from kundkarriar.strategy.specs.action import Action, as_actions
from kundkarriar.strategy.specs.budget import Budget, below_one
from kundkarriar.strategy.specs.playbook import Playbook


def _empty_frame(library: Any) -> Any:
    if library not in LIBRARIES:
        raise ValueError(f"one of {list(LIBRARIES)} is needed, got {library!r:.60}")
    return nw.from_dict({}, backend=library).to_native()


LIBRARIES = ("pandas", "polars")
FRAMES = Form(
    law="the name of a frame library",
    write=lambda frame: narrow(frame, need="Plan").implementation.name.lower(),
    read=_empty_frame,
)


def _within_period(plan: Plan[Any], _: object, start: Any) -> None:
    plan.budget.start_day(start)


def _of_these_customers(plan: Plan[Any], attribute: Attribute[Any], ledger: Decisions) -> None:
    n, actions, strategies = len(plan.customers), len(plan.actions), len(plan.playbook.strategies)
    if ledger.gain.shape != (n, actions):
        raise ValueError(f"'{attribute.name}' must have a `gain` of shape {(n, actions)}: {ledger.gain.shape}")
    for name, positions, count in (("action", ledger.action, actions), ("strategy", ledger.strategy, strategies)):
        if (positions >= count).any():
            raise ValueError(f"'{attribute.name}' must have positions below {count} as `{name}`: {positions.max()}")


@frozen(kw_only=True, eq=False, repr=False)
class Plan(Stored, Generic[FrameT]):
    """One action, or none, for each customer in a period, and its expected incremental value; from `planner.plan`.

    Every method returns a new frame of the same kind (pandas, polars) as the customers.

    Attributes:
        playbook: the strategies, in order.
        actions: the available actions, those that change no price first.
        budget: money and hours.
        start: the plan's first day, as text.
        holdout: share of the customers selected for an action who are randomly assigned to the holdout: they are left
            untreated, so that the effect can be measured.
        seed: seed of the random assignment, combined with the budget's period.
        customers: the columns of the customers that the plan used.
        ledger: the decisions: strategy, action and holdout of each customer.
        like: an empty frame of the kind to return.

    >>> import pandas as pd
    >>> import kundkarriar as kk
    >>> customers = pd.DataFrame({"customer_id": [1, 2], "rung": ["trial buyer", "client"], "clv": [20.0, 300.0]})
    >>> playbook = kk.Playbook(strategies=(
    ...     kk.Strategy(name="everyone", when=kk.column("clv") >= 0, objective="grow", reason="buys"),))
    >>> more = kk.Effect(on="purchases", mean=1.1, low=1.0, high=1.2, evidence="assumed", relative_to="no letter")
    >>> letter = kk.Action(name="letter", objective="grow", lever="information", cost=5, hours=0, effect=more)
    >>> plan = kk.StrategyPlanner(playbook=playbook, actions=(letter,)).plan(
    ...     customers, budget=kk.Budget(money=100, hours=0, period="2027"), start="2027-01-01", holdout=0)
    >>> plan.assignments()[["customer_id", "treated", "cost", "incremental_value", "net"]].round(2)
       customer_id  treated  cost  incremental_value   net
    0            1    False   0.0                0.0   0.0
    1            2     True   5.0               30.0  25.0
    """

    stored_as = "plan"
    playbook: Playbook = field(validator=instance_of(Playbook))
    actions: tuple[Action, ...] = field(converter=as_actions, validator=all_instances_of(Action))
    budget: Budget = field(validator=instance_of(Budget))
    start: str = field(validator=_within_period)
    holdout: float = field(validator=below_one)
    seed: int = field(validator=SEED)
    customers: CustomerTable
    ledger: Decisions = field(validator=_of_these_customers, metadata=written(DECISIONS))
    like: FrameT = field(metadata=written(FRAMES, name="frames"))

    @property
    def data(self) -> PlanData[FrameT]:
        """The data that views and checks of the plan read."""
        return PlanData(
            playbook=self.playbook,
            actions=self.actions,
            budget=self.budget,
            start=self.start,
            holdout=self.holdout,
            seed=self.seed,
            customers=self.customers,
            decisions=self.ledger,
            like=self.like,
        )

    @property
    def cost(self) -> Array:
        """Planned money per customer over the period, (n,)."""
        return self.data.cost

    @property
    def hours(self) -> Array:
        """Planned hours per customer over the period, (n,)."""
        return self.data.hours

    def incremental_value_at(self, end: str) -> Array:
        """Incremental value per customer, (n,), with every effect at its "low", "mean" or "high"."""
        return self.data.incremental_value_at(end)

    def gain(self, action: int, size: float) -> Array:
        """Incremental value, (n,), of the action at position `action`, for an effect of `size`; NaN if not planned."""
        return self.data.gain(action, size)

    def for_customer(self, at: int) -> Plan[FrameT]:
        """The plan of the customer at position `at` alone: one row, and the shadow prices of the whole plan."""
        return evolve(self, customers=self.customers.rows([at]), ledger=self.ledger.rows([at]))

    def summary(self) -> FrameT:
        """Budget, planned actions and expected incremental value of the whole plan, about a dozen rows.

        Returns:
            item, value, unit, note. Each effect is the effect of the treatment in the budget's period on the values
            over the horizon of the scores. "low" and "high" set all effects to their low or high ends at once; the
            error of the value model is not included.
        """
        return plan_summary(self.data)

    def groups(self) -> FrameT:
        """One row per strategy, rung and class.

        Returns:
            strategy, objective, rung, abc, customers, treated, held_out, cost, hours, incremental_value, net,
            promoted (expected number of additional promotions), cost_per_promoted, goal, metric, reason.
        """
        return plan_groups(self.data)

    def assignments(self) -> FrameT:
        """One row per customer, in the order given.

        Returns:
            customer_id, strategy, objective, action (missing for none), recommended (an action without a stated
            effect), treated, held_out, cost, hours, incremental_value, net, max_justified_spend (incremental value of
            the best action, at least 0), value_at_risk, reason.
        """
        return assignments(self.data)

    def shadow_prices(self) -> FrameT:
        """Marginal net gain of money and of hours.

        Returns:
            budget, available, planned, left (includes what treatment of the holdout would have cost), shadow_price
            (net gain per additional unit; 0 where the budget does not bind), meaning.
        """
        return shadow_prices(self.data)

    def sensitivity(self) -> FrameT:
        """Net gain of the plan with one effect at a time at its low and high end; the decisions stay the same.

        Returns:
            action, effect_on, end, effect, customers, incremental_value, cost, net, plan_net, change, break_even
            (effect at which the action's incremental value equals its cost, over its planned customers; for an action
            planned for nobody, for the customer with the largest incremental value), evidence.
        """
        return sensitivity(self.data)

    def discounts(self) -> FrameT:
        """The planned actions that change a price, each with the best alternative that keeps the price.

        Returns:
            action, customers, one_period_cost, incremental_value, net, alternative, alternative_net, note.
        """
        return discounts(self.data)

    def checks(self) -> FrameT:
        """Checks of the customer base and of the plan.

        Returns:
            check, passed, informative, severity, value, limit, customers (ids of the customers that fail the check),
            message.
        """
        return plan_checks(self.data)

    def worklist(self, *, week: str, hours: float | None = None) -> FrameT:
        """The contacts of one week, in descending order of net gain.

        Args:
            week: an ISO week of the plan's period: "2027-W02".
            hours: available working hours per week; contacts that do not fit move to the next week. None: no limit, so
                that each contact stays in the week it is due.

        Returns:
            rank, customer_id, action, contact (its number), of (contacts with the customer in the period), hours,
            hours_so_far, incremental_value, net, strategy, reason.
        """
        return worklist(self.data, week=week, hours=hours)

    def explain(self, customer_id: Any) -> str:
        """One customer's position, value, strategy, planned action and rejected actions, in sentences.

        Args:
            customer_id: the id; numeric ids may be given as text ("10482").
        """
        return explanation(self.data, customer_id)

    def equals(self, other: object) -> bool:
        """Whether `other` is the same plan for the same customers, in any kind of frame."""
        if not isinstance(other, Plan):
            return False
        mine, theirs = self.to_dict(), other.to_dict()
        return {**mine, "frames": ""} == {**theirs, "frames": ""}

    def __repr__(self) -> str:
        return (
            f"Plan(period={self.budget.period!r}, customers={len(self.customers):,}, "
            f"treated={int(self.ledger.treated.sum()):,}, cost={total(self.cost):,.2f})"
        )
