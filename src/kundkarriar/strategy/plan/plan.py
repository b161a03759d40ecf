"""The plan: an action, or none, for each customer, with its cost and incremental value, as tables and sentences."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from attrs import frozen

from kundkarriar.engines.eagerly import handed_back
from kundkarriar.frames import FrameT
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.checks.plan_checks import plan_checks
from kundkarriar.strategy.plan.changes.added_action import with_action
from kundkarriar.strategy.plan.changes.without_customers import without_customers
from kundkarriar.strategy.plan.contacts.planned_contacts import contacts_frame
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.prices.shadow_prices import shadow_prices
from kundkarriar.strategy.plan.views.against import against
from kundkarriar.strategy.plan.views.assignments import assignments
from kundkarriar.strategy.plan.views.discounts import discounts
from kundkarriar.strategy.plan.views.explanation import explanation
from kundkarriar.strategy.plan.views.groups import USUAL, plan_groups
from kundkarriar.strategy.plan.views.promise import plan_promise
from kundkarriar.strategy.plan.views.sensitivity import sensitivity
from kundkarriar.strategy.plan.views.summary import plan_summary
from kundkarriar.strategy.plan.views.targets import plan_targets
from kundkarriar.strategy.plan.views.worklist import worklist
from kundkarriar.strategy.specs.action import Action


@frozen(kw_only=True, eq=False, repr=False)
class Plan(PlanData[FrameT]):
    """One action, or none, for each customer in a period, and its expected incremental value; from `planner.plan`.

    Every method returns a new frame of the same kind (pandas, polars, pyarrow) as the customers.

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
        horizon: the horizon of increments, as the end of a sentence; "" where none were given.
        match_objectives, most_actions, most_contacts, exclude, responses: those of the planner.
        schedule: the days of the contacts; None in plans that were stored before there were any.
        earlier: the contacts before the plan that it was given, as far as they still matter.
        previous: what the plan before this one did with these customers, and which of its strategies changed.
        since: for each strategy of the playbook, the day since which it stands unchanged, as text.
        force: the reason for changing strategies before their year was out; None: none was.
        additions: what the reserve pays for besides: see `add`.

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
            "previous plan" (the same actions for the same customers as in the plan before, at today's numbers) and
            "without rule": the plan without one of its rules, floors or caps, whose price is the difference.
        """
        return against(self)

    def groups(self, *, by: str | Iterable[str] = USUAL) -> FrameT:
        """One row per strategy, rung and class, or per group of what is asked.

        Args:
            by: one or several of strategy, objective, owner (of the customer's strategy), action, lever, channel (of
                what the customer was selected for; several are joined by " + "), rung, abc, group.

        Returns:
            The columns of `by`, customers, treated, held_out, cost, hours, share_of_hours (of all planned hours),
            incremental_value, net, promoted (expected number of additional promotions), cost_per_promoted; where
            actions state a benefit, benefit_value (worth to the treated customers) and benefit_cost (the part of cost
            that pays for it); of a plan with additions added_cost, added_hours and added_value; with strategy also its
            objective, goal, metric and reason.

        Raises:
            DataError: `by` names something else, or something twice.
        """
        return plan_groups(self, by=by)

    def targets(self) -> FrameT:
        """The target of each strategy, and whether its holdout will be able to show what the plan adds.

        A verdict is possible where the planned effect is at least the smallest one that a comparison of treated and
        held-out customers finds four times in five (two-sided, 5 %). How much customers vary follows from the scores:
        purchases are negative binomial, order values vary by their mean. Purchases come from `expected_purchases` and
        `p_purchase`, spend from `expected_order_value`.

        All columns are over one span. With increments it runs from the plan's first day to `until`, or to the last day
        of the increments if that is earlier. The scores' horizon is taken to be as long as that of the increments,
        which is so unless treatment lasts longer, and the span has its share of both by days. So of contacts that are
        not spread evenly over the plan it counts too little or too much, and customers who leave between the day of
        the scores and the start are in `usual`. Without increments the span is the horizon of the scores, and `until`
        changes nothing.

        The smallest visible effect is on the safe side: p_purchase is taken to tell the spread of a customer's
        purchases. Of 1,200 customers of CDNOW over twelve months the model's own draws have a standard deviation of
        2.23 purchases, and 2.81 is used: an effect of this size is seen nine times in ten rather than four in five.

        Returns:
            strategy, objective, owner, customers, treated, held_out, money, hours, net, roi (net per money spent),
            metric, target, until, span (what the next columns are over), usual and expected (the metric per customer of
            the strategy without and with the plan), planned (what the plan adds to the metric of a treated customer),
            smallest_visible, verdict_possible, first_metric (the first of "share that buys", "purchases", "spend",
            "net value", in the order of noise, that can show what is planned; missing if none can), visible_after (the
            last day of the first span, in months from the plan's first day, over which the metric can show what is
            planned, or without a target the first metric that can; missing if the whole horizon of the increments
            cannot, and without increments), note. A strategy without customers has no row.
        """
        return plan_targets(self)

    def promise(
        self, *, draws: int = 200, seed: int | np.random.Generator = 1, level: float = 0.9, shrunk: bool = False
    ) -> FrameT:
        """The net gain that the plan promises, beside what is expected of it after selection.

        A plan takes the actions whose stated effects are largest, and so the errors of these effects: what it promises
        is more than what comes, even if no single effect is overstated. The expected net gain takes each effect as
        an estimate with the error that low, high and level tell, and shrinks it towards the mean of the plan's effects
        and towards none, the more, the larger its error is and the less the effects differ (`shrunken_effects`).
        Effects given to several actions are one estimate.

        Args:
            draws: draws of the effects; all customers of an action share its effect in a draw.
            seed: a whole number or a numpy Generator.
            level: probability of the interval.
            shrunk: whether the stated means are shrunken ones already, as expectations given an experiment and a
                prior. Nothing is then taken off.

        Returns:
            A row for the plan and one for each bundle that it uses: way, treated, promised (net gain by the stated
            effects), expected (after selection), bias (promised less expected), standard_error (of what comes, around
            expected), p_beats_usual (probability of a net gain above 0), p_loss (below 0), low, high, note. The error
            of the value model is not in it: a value that is wrong is wrong for all actions.
        """
        return plan_promise(self, draws=draws, seed=seed, level=level, shrunk=shrunk)

    def assignments(self, *, like: Any = None) -> Any:
        """One row per customer, in the order given.

        Args:
            like: a frame of any kind, also a lazy one of polars, DuckDB or Spark: the result is of its kind, and joins
                with it. None: the result is of the kind of the customers, in memory.

        Returns:
            customer_id, strategy, objective, action (several joined by " + ", missing for none, and for those held out,
            who get nothing), selected (the action, also of those held out: the one that they would have got),
            recommended (an action without a stated effect), treated, held_out, contacts (their number in the period),
            first_contact (date), cost, hours, incremental_value, net, max_justified_spend (incremental value of the
            best action, at least 0),
            of a plan with additions added (their actions and reasons), added_cost, added_hours and added_value, which
            the other columns do not count, value_at_risk and priority where the customers have them, reason.
        """
        made = assignments(self)
        return made if like is None else handed_back(made, like=like)

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

        They may not be contacted by later additions either. Decisions about others stay as they were. A review still
        compares these customers as they were assigned: who objects is not chosen at random.

        Args:
            ids: their ids.

        Raises:
            DataError: an unknown id.
        """
        return without_customers(self, ids)

    def shadow_prices(self) -> FrameT:
        """Marginal net gain of money, of hours, and of each floor and cap of the budget.

        Returns:
            budget (money, hours, or the limit in words), available (of a floor what is to be spent at least), planned,
            left (includes what treatment of the holdout would have cost; below 0 where more than a floor is spent),
            shadow_price (net gain per additional unit, of a floor per unit less; 0 where the limit does not bind),
            meaning. Under a hurdle, where the money does not bind, the prices of hours, floors and caps are net gain
            less the hurdle on the money that the unit takes, and `meaning` says so: the net itself changes by more.
        """
        return shadow_prices(self)

    def sensitivity(self) -> FrameT:
        """Net gain of the plan with one effect at a time at its low and high end; the decisions stay the same.

        Returns:
            action, effect_on, end, effect, customers, incremental_value, cost, net, plan_net, change, flips (number of
            customers for whom, at the plan's shadow prices, another choice would be best than at the stated effect),
            best_way (what would net most at that end: "the plan", each action "for all who may have it", or "do
            nothing", as in `against`, all as decided by the stated effects; missing where the ends are not known),
            break_even (effect at which the action's incremental value equals its cost, over its planned customers; for
            an action planned for nobody, for the customer with the largest incremental value; of several effects the
            power to which all are raised; missing where it costs a share of spend), evidence. `cost` is that by the
            stated effects; at other ends `incremental_value` is less what shares of spend cost more there.
        """
        return sensitivity(self)

    def discounts(self) -> FrameT:
        """The actions that change a price, each with what it costs on its path, and what would keep the price instead.

        A discount once given goes on: its path runs from the first contact to the end of the horizon, treated or not.
        So an action is refused where it would pay by its cost in the budget's period, and not by its path.

        Returns:
            action, verdict ("planned": who gets it; "refused for its path": who would be best given it by its cost in
            the period, at the plan's shadow prices, and is not by its path; single actions only, each against what the
            others cost on theirs; "for nobody"), customers, one_period_cost
            (money in the period), path_cost (and after it; missing where an action states neither a discount nor a
            share of spend), hidden_multiple (the second over the first), incremental_value (before both), net,
            break_even_volume (lift of the volume at which the cut leaves the contribution as it was, D / (m - D), with
            the margin m of these customers after the cost to handle an order; infinite where the cut takes it all),
            alternative (of those that keep the price, the action that nets most with the same customers),
            alternative_net, note.
        """
        return discounts(self)

    def checks(self) -> FrameT:
        """Checks of the customer base and of the plan.

        Returns:
            check, passed, informative, severity, value, limit, customers (ids of the customers that fail the check),
            message.
        """
        return plan_checks(self)

    def worklist(
        self, *, week: str, hours: float | None = None, owner: str | None = None, channel: str | None = None
    ) -> FrameT:
        """The contacts of one week, those due earlier first, then those who will buy soonest, then by net gain.

        Each contact is due on its day of the schedule. Those that find no room move to the next week: of contacts due
        in one week those with the largest net gain find room first. An action once a year is due on the first day with
        everybody: without limited hours all its contacts are in the first week, with them they spread over the
        following weeks in the order of net gain.

        Args:
            week: an ISO week of the plan's period: "2027-W02".
            hours: working hours of a full week, for the contacts of the `owner` and `channel` asked for. A first or
                last week that lies partly outside the plan has its share of seven days. None: the budget's cap of each
                week, which all contacts share; without one no limit, so that each contact stays in the week it is due.
            owner: contacts with customers of this owner's strategies only.
            channel: contacts by this channel only.

        Returns:
            rank, customer_id, action, channel, owner, contact (its number), of (contacts by the action with the
            customer in the period), due (date), hours, hours_so_far, incremental_value and net (of all that is planned
            for the customer in the period), next_purchase and priority where the customers have them, strategy, reason.
            next_purchase is the customers' own column of dates, or the last purchase plus typical_gap, the usual gap
            between two; a date in the past is overdue, and it is missing where it is not known and of the lapsed. Equal
            gains are in descending order of priority.
        """
        return worklist(self, week=week, hours=hours, owner=owner, channel=channel)

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
