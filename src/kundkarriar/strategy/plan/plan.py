"""The plan: who gets what, for how much money and time, why, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, field, fields_dict, frozen

from kundkarriar.frames import FrameT, narrow
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.treatment_effect import gain
from kundkarriar.stored import SCHEMA, fields_of, reading
from kundkarriar.strategy.checks.invariants import plan_checks
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.plan.decisions import Ledger
from kundkarriar.strategy.plan.views.assignments import assignments
from kundkarriar.strategy.plan.views.discounts import discounts
from kundkarriar.strategy.plan.views.explanation import explanation
from kundkarriar.strategy.plan.views.groups import plan_groups
from kundkarriar.strategy.plan.views.sensitivity import sensitivity
from kundkarriar.strategy.plan.views.shadow_prices import shadow_prices
from kundkarriar.strategy.plan.views.summary import plan_summary
from kundkarriar.strategy.plan.views.worklist import worklist
from kundkarriar.strategy.specs.action import Action, as_actions
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.playbook import Playbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@frozen(kw_only=True, eq=False, repr=False)
class Plan(Generic[FrameT]):
    """What to do with whom in a period, and what it is expected to bring; `planner.plan(...)` makes it.

    Every method hands out a new frame of the kind (pandas, polars) that the customers came in.

    Attributes:
        playbook: the strategies, in order.
        actions: the actions there were, those that change no price first.
        budget: money and hours.
        start: the plan's first day, as text.
        holdout: share of those who would be treated that is left untreated, so that the effect can be measured.
        seed: what was drawn with, beside the budget's period.
        customers: what the plan knew of the customers.
        ledger: the decisions.
        like: an empty frame of the kind that is handed out.

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

    playbook: Playbook
    actions: tuple[Action, ...] = field(converter=as_actions)
    budget: Budget
    start: str
    holdout: float
    seed: int
    customers: CustomerTable
    ledger: Ledger
    like: FrameT

    @property
    def cost(self) -> NDArray[np.float64]:
        """Planned money per customer over the period, (n,)."""
        return self.ledger.of_action(np.array([action.cost_in(self.budget) for action in self.actions]))

    @property
    def hours(self) -> NDArray[np.float64]:
        """Planned hours per customer over the period, (n,)."""
        return self.ledger.of_action(np.array([action.hours_in(self.budget) for action in self.actions]))

    def incremental_value_at(self, end: str) -> NDArray[np.float64]:
        """Incremental value per customer (n,) with every effect at its "low", "mean" or "high"."""
        answer = np.zeros(len(self.customers))
        for at, action in enumerate(self.actions):
            if action.effect is not None and (mine := self.ledger.action == at).any():
                answer[mine] = self.gain(at, getattr(action.effect, end))[mine]
        return answer

    def gain(self, action: int, size: float) -> NDArray[np.float64]:
        """Incremental value (n,) of the planned action at this position, were its effect of this size."""
        effect = self.actions[action].effect
        on = "value" if effect is None else effect.on
        mine = self.ledger.action == action
        answer = np.full(len(mine), np.nan)
        answer[mine] = gain(on=on, m=size, base=self.ledger.base[mine], p=self.ledger.p[mine])
        return answer

    def for_customer(self, at: int) -> Plan[FrameT]:
        """The part of the plan that is about the customer at this position: one row, the prices of the whole."""
        return evolve(self, customers=self.customers.rows([at]), ledger=self.ledger.rows([at]))

    def summary(self) -> FrameT:
        """The plan in a dozen lines: budget, what is planned, what it is expected to bring.

        Returns:
            item, value, unit, note. Each effect is that of the treatment in the budget's period, on what the
            scores expect over their horizon. The low and high ends set every effect to its own low or high end
            at once; the error of the value model is not in them.
        """
        return plan_summary(self)

    def groups(self) -> FrameT:
        """The plan by strategy, rung and class, with goal, metric and reason.

        Returns:
            strategy, objective, rung, abc, customers, treated, held_out, cost, hours, incremental_value, net,
            promoted (expected extra promotions), cost_per_promoted, goal, metric, reason.
        """
        return plan_groups(self)

    def assignments(self) -> FrameT:
        """One row per customer, in the order given.

        Returns:
            customer_id, strategy, objective, action (missing for none), recommended (an action without a stated
            effect), treated, held_out, cost, hours, incremental_value, net, max_justified_spend, value_at_risk
            (what may be lost, beside what may be gained), reason.
        """
        return assignments(self)

    def shadow_prices(self) -> FrameT:
        """What a little more money, and an hour more, would bring.

        Returns:
            budget, available, planned, left (with what those held out would have taken), shadow_price (net gain per
            further unit; 0 where the budget does not bind), meaning.
        """
        return shadow_prices(self)

    def sensitivity(self) -> FrameT:
        """The plan as it stands, with one effect at a time at its low and high end.

        Returns:
            action, effect_on, end, effect, customers, incremental_value, cost, net, plan_net, change, break_even
            (the effect at which the action just pays for itself: for all it is planned for, or, where it is planned
            for nobody, for the customer it would add most to), evidence.
        """
        return sensitivity(self)

    def discounts(self) -> FrameT:
        """The planned actions that change a price, with a way that does not.

        Returns:
            action, customers, one_period_cost, incremental_value, net, alternative, alternative_net, note.
        """
        return discounts(self)

    def checks(self) -> FrameT:
        """What must be true of a sound customer base and plan, and whether it is.

        Returns:
            check, passed, informative, severity, value, limit, customers (the ids that cause it), message.
        """
        return plan_checks(self)

    def worklist(self, *, week: str, hours: float | None = None) -> FrameT:
        """The contacts of one week, the most valuable first.

        Args:
            week: an ISO week of the plan's period: "2027-W02".
            hours: working hours there are in each week; what does not fit moves to the next week. None: as many
                as the plan spreads over the week.

        Returns:
            rank, customer_id, action, contact, of, hours, hours_so_far, incremental_value, net, strategy, reason.
        """
        return worklist(self, week=week, hours=hours)

    def explain(self, customer_id: Any) -> str:
        """Where a customer stands, what is done, why, and what was turned down: plain sentences.

        Args:
            customer_id: the id; as text ("10482") also where ids are numbers.
        """
        return explanation(self, customer_id)

    def equals(self, other: object) -> bool:
        """The same plan for the same customers, whatever kind of frame it hands out."""
        if not isinstance(other, Plan):
            return False
        mine, theirs = self.to_dict(), other.to_dict()
        return {**mine, "frames": ""} == {**theirs, "frames": ""}

    def to_dict(self) -> dict[str, Any]:
        """The plan in JSON types: keep it, for next year's review."""
        return {
            "schema": SCHEMA,
            "playbook": self.playbook.to_dict(),
            "actions": [action.to_dict() for action in self.actions],
            "budget": self.budget.to_dict(),
            "start": self.start,
            "holdout": self.holdout,
            "seed": self.seed,
            "customers": self.customers.to_dict(),
            "ledger": self.ledger.to_dict(),
            "frames": narrow(self.like, need="Plan").implementation.name.lower(),
        }

    @classmethod
    @reading("plan")
    def from_dict(cls, stored: Mapping[str, Any]) -> Plan[Any]:
        """The plan that `to_dict` wrote."""
        plain = fields_of(stored, kind="plan", names=[*list(fields_dict(cls))[:-1], "frames"])
        return Plan(
            playbook=Playbook.from_dict(plain["playbook"]),
            actions=tuple(Action.from_dict(each) for each in plain["actions"]),
            budget=Budget.from_dict(plain["budget"]),
            start=plain["start"],
            holdout=plain["holdout"],
            seed=plain["seed"],
            customers=CustomerTable.from_dict(plain["customers"]),
            ledger=Ledger.from_dict(plain["ledger"]),
            like=nw.from_dict({}, backend=plain["frames"]).to_native(),
        )

    def __repr__(self) -> str:
        return (
            f"Plan(period={self.budget.period!r}, customers={len(self.customers):,}, "
            f"treated={int(self.ledger.treated.sum()):,}, cost={total(self.cost):,.2f})"
        )
