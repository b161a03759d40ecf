"""The plan: an action, or none, for each customer, with its cost and incremental value, as tables and sentences."""

from typing import Any, Self

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.checks.plan_checks import plan_checks
from kundkarriar.strategy.plan.changes.added_action import with_action
from kundkarriar.strategy.plan.changes.without_customers import without_customers
from kundkarriar.strategy.plan.contacts.planned_contacts import contacts_frame
from kundkarriar.strategy.plan.decision_reasons import REASON_TEXTS, decision_reasons, reason_texts
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.additions import added_columns
from kundkarriar.strategy.plan.views.against import against
from kundkarriar.strategy.plan.views.discounts import discounts
from kundkarriar.strategy.plan.views.explanation import explanation
from kundkarriar.strategy.plan.views.groups import plan_groups
from kundkarriar.strategy.plan.views.sensitivity import sensitivity
from kundkarriar.strategy.plan.views.summary import plan_summary
from kundkarriar.strategy.plan.views.worklist import worklist
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.playbook import of_strategies


@frozen(kw_only=True, eq=False, repr=False)
class Plan(PlanData[FrameT]):
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

    def summary(self) -> FrameT:
        """Budget, planned actions and expected incremental value of the whole plan, about a dozen rows.

        Returns:
            item, value, unit, note. Each effect is the effect of the treatment in the budget's period on the values
            over the horizon of the scores. "low" and "high" set all effects to their low or high ends at once; the
            error of the value model is not included.
        """
        return plan_summary(self)

    def against(self) -> FrameT:
        """The plan against other ways to use the same money and hours, by the same numbers; and what each rule costs.

        Returns:
            way, kind, treated, money, hours, net, low, high (net with all effects at their weak and strong end),
            difference (how much more than the plan it nets). Rows by kind: "plan" (nobody held out), "holdout" (the
            plan with its holdout: what holding out forgoes), "single action" (each action for all who may have it by
            its own conditions, where it pays), "free choice" (among all actions, without rules and limits), "nothing",
            and "without rule": the plan without one of its rules, floors or caps, whose price is the difference.
        """
        return against(self)

    def groups(self) -> FrameT:
        """One row per strategy, rung and class.

        Returns:
            strategy, objective, rung, abc, customers, treated, held_out, cost, hours, incremental_value, net,
            promoted (expected number of additional promotions), cost_per_promoted, goal, metric, reason.
        """
        return plan_groups(self)

    def assignments(self) -> FrameT:
        """One row per customer, in the order given.

        Returns:
            customer_id, strategy, objective, action (missing for none), recommended (an action without a stated
            effect), treated, held_out, cost, hours, incremental_value, net, max_justified_spend (incremental value of
            the best action, at least 0), of a plan with additions added (their actions and reasons), added_cost,
            added_hours and added_value, which the other columns do not count, value_at_risk and priority where the
            customers have them, reason.
        """
        ledger, strategies = self.ledger, self.playbook.strategies
        reason, recommended = decision_reasons(self)
        reasons = [f"{each.because}; {words}" for each in strategies for words in reason_texts(self)]
        names = [action.name for action in self.actions]
        ids = nw.new_series(
            "customer_id", list(self.customers.ids), backend=narrow(self.like, need="Plan").implementation
        )
        value, cost, known = ledger.incremental_value, self.cost, self.customers.numbers
        columns = of_strategies(strategies, ledger.strategy, like=self.like)
        return new_frame(
            {
                "customer_id": ids,
                "strategy": columns["strategy"],
                "objective": columns["objective"],
                "action": text_column([each.name for each in self.bundles], ledger.bundle, like=self.like),
                "recommended": text_column(names, recommended, like=self.like),
                "treated": ledger.treated,
                "held_out": ledger.held_out,
                "cost": cost,
                "hours": self.hours,
                "incremental_value": value,
                "net": self.net,
                "max_justified_spend": ledger.max_justified_spend,
                **added_columns(self),
                **{name: known[name] for name in ("value_at_risk", "priority") if name in known},
                "reason": text_column(reasons, ledger.strategy * len(REASON_TEXTS) + reason, like=self.like),
            },
            like=self.like,
        )

    def contacts(self) -> FrameT:
        """The planned contacts, those of additions, and those before the plan that still matter, by date.

        What still matters are contacts that the plan was given (`contacts=`, `previous=`) of its period, of the twelve
        months before its start, or of actions that treat for longer. The frame can be the `contacts=` of a later plan.

        Returns:
            customer_id, date, action, channel (missing where an action has none).
        """
        return contacts_frame(self)

    def add(self, action: Action | str, customers: Any, reason: str, *, on: Any = None) -> Self:
        """A plan in which the reserve pays for an action on named customers; all else stays as it was.

        Args:
            action: the name of an action of the plan, which then contacts on its own days and adds what the plan knows;
                or another `kk.Action` without an effect, or with one on "value".
            customers: the ids.
            reason: why, as `assignments` and `explain` say it.
            on: the day of the first contact of another action, within the plan. None: the plan's first day.

        Raises:
            DataError: an unknown id; customers who may not be contacted, are excluded, held out, or get the action
                already; more than what is left of the reserve.
            CapabilityError: what the action adds is not known to the plan.
        """
        return with_action(self, action, customers, reason, on=on)

    def without(self, ids: Any) -> Self:
        """A plan in which customers who object get nothing, and are not held out; what they would have cost is unspent.

        They may not be contacted by later additions either. Decisions about others stay as they were.

        Args:
            ids: their ids.

        Raises:
            DataError: an unknown id.
        """
        return without_customers(self, ids)

    def shadow_prices(self) -> FrameT:
        """Marginal net gain of money and of hours.

        Returns:
            budget, available, planned, left (includes what treatment of the holdout would have cost), shadow_price
            (net gain per additional unit; 0 where the budget does not bind), meaning.
        """
        available = np.array([self.budget.money_to_plan, self.budget.hours_to_plan])
        planned = np.array([total(self.cost), total(self.hours)])
        units = (f"one more {self.customers.currency or 'unit of money'}", "one more hour")
        meaning = [
            f"{unit} would bring {amount(float(price), self.customers.currency)} net"
            if price > 0
            else f"{unit} would bring nothing: what is left over has no use that pays"
            for unit, price in zip(units, self.ledger.prices, strict=True)
        ]
        return new_frame(
            {
                "budget": text_column(["money", "hours"], like=self.like),
                "available": available,
                "planned": planned,
                "left": available - planned,
                "shadow_price": self.ledger.prices.copy(),
                "meaning": text_column(meaning, like=self.like),
            },
            like=self.like,
        )

    def sensitivity(self) -> FrameT:
        """Net gain of the plan with one effect at a time at its low and high end; the decisions stay the same.

        Returns:
            action, effect_on, end, effect, customers, incremental_value, cost, net, plan_net, change, break_even
            (effect at which the action's incremental value equals its cost, over its planned customers; for an action
            planned for nobody, for the customer with the largest incremental value), evidence.
        """
        return sensitivity(self)

    def discounts(self) -> FrameT:
        """The planned actions that change a price, each with the best alternative that keeps the price.

        Returns:
            action, customers, one_period_cost, incremental_value, net, alternative, alternative_net, note.
        """
        return discounts(self)

    def checks(self) -> FrameT:
        """Checks of the customer base and of the plan.

        Returns:
            check, passed, informative, severity, value, limit, customers (ids of the customers that fail the check),
            message.
        """
        return plan_checks(self)

    def worklist(self, *, week: str, hours: float | None = None) -> FrameT:
        """The contacts of one week, in descending order of net gain.

        Args:
            week: an ISO week of the plan's period: "2027-W02".
            hours: available working hours per week; contacts that do not fit move to the next week. None: no limit, so
                that each contact stays in the week it is due.

        Returns:
            rank, customer_id, action, contact (its number), of (contacts with the customer in the period), hours,
            hours_so_far, incremental_value, net, priority where the customers have it, strategy, reason. Equal gains
            are in descending order of priority.
        """
        return worklist(self, week=week, hours=hours)

    def explain(self, customer_id: Any) -> str:
        """One customer's position, value, strategy, planned action and rejected actions, in sentences.

        Args:
            customer_id: the id; numeric ids may be given as text ("10482").
        """
        return explanation(self, customer_id)

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
