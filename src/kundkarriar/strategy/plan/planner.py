"""The planner: allocates a budget of money and hours to actions on customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import SHARE_BELOW_1, WholeNumber, read_flag, read_object, read_seed
from kundkarriar.engines.eagerly import in_memory
from kundkarriar.errors import DataError, warn
from kundkarriar.frames import FrameT, narrow, new_frame, require
from kundkarriar.rules.condition import Condition
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.increments.action_increments import ActionIncrements
from kundkarriar.strategy.increments.counted_for import counted_for, ends_within
from kundkarriar.strategy.increments.responses import response_powers
from kundkarriar.strategy.plan.contacts.contact_calendar import contact_calendar
from kundkarriar.strategy.plan.customer_table import NEED, CustomerTable
from kundkarriar.strategy.plan.decide import decide
from kundkarriar.strategy.plan.ladder_rungs import check_steps
from kundkarriar.strategy.plan.options.bundles import bundles_of
from kundkarriar.strategy.plan.options.no_leaving import LEAVING, refuse_leaving_where_nobody_leaves
from kundkarriar.strategy.plan.options.serving import serving
from kundkarriar.strategy.plan.options.unknown_names import tell_unknown_contacts, tell_unknown_names
from kundkarriar.strategy.plan.plan import Plan
from kundkarriar.strategy.plan.planner_spec import PlannerSpec
from kundkarriar.strategy.plan.previous_plan import kept_holdout, read_previous, treatment_before
from kundkarriar.strategy.plan.strategy_years.catalogue import Catalogue
from kundkarriar.strategy.plan.strategy_years.strategy_changes import standing
from kundkarriar.strategy.review.review import Review, review
from kundkarriar.strategy.specs.action import Action, as_actions
from kundkarriar.strategy.specs.budget import BUDGET_HINT, Budget
from kundkarriar.strategy.specs.default_playbook import RESPONSES, default_playbook
from kundkarriar.strategy.specs.target import refuse_before

MOST_ACTIONS = WholeNumber(least=1, most=10, example=2)


@frozen(kw_only=True)
class StrategyPlanner(PlannerSpec):
    """Allocates a budget of money and hours to actions on customers.

    Actions are selected by expected incremental value less cost, customer by customer. Value at risk is reported beside
    it but does not decide spending. An action may serve whoever its own conditions allow; what strategies forbid or
    prefer is kept, and `plan.against()` tells what it costs.

    Attributes:
        playbook: assigns one strategy to each customer.
        actions: the available actions.
        match_objectives: whether an action serves only the strategies with its objective.
        most_actions: how many different actions a customer may get, 1 to 10. What several add together is counted
            jointly, as increments do not add.
        most_contacts: how many contacts a customer may have in the budget's period, by all actions together, those made
            before the plan's start included; None: any number.
        exclude: customers for whom this condition holds get no action; None: there are none.
        responses: by the name of a group, the power to which effects that are assumed act on its customers:
            {"moving": 0.8}. Effects that were measured act as they are.

    >>> StrategyPlanner.default().playbook.strategies[0].name
    'win the first purchase'
    """

    stored_as = "planner"

    @classmethod
    def default(cls, *, actions: Iterable[Action] = (), care: bool = False) -> StrategyPlanner:
        """A planner with the default playbook. Money is planned only for actions with a stated effect.

        The moving respond less to effects that are assumed: a prior, `RESPONSES` of the default playbook.

        Args:
            actions: the available actions.
            care: whether appreciation comes before selling to customers of class A: their strategies then forbid
                actions that sell, and those of them who are not silent get an action that appreciates first, where one
                pays. `plan.against()` tells what that costs.
        """
        return cls(playbook=default_playbook(care=care), actions=actions, responses=RESPONSES)

    def plan(
        self,
        customers: FrameT,
        *,
        actions: Iterable[Action] | None = None,
        budget: Budget,
        start: Any,
        increments: Any = None,
        holdout: float = 0.1,
        keep_holdout: bool = False,
        seed: int | np.random.Generator | None = None,
        contacts: Any = None,
        previous: Any = None,
        events: Any = None,
        force: str | None = None,
    ) -> Plan[FrameT]:
        """Assign a strategy to every customer, and allocate the budget to the actions with the largest net gain.

        Each customer gets at most `most_actions`, and only what adds more than it costs, unless a floor needs it.
        Floors are met with the customers of the holdout, whose cost then stays unspent.

        Args:
            customers: scores, classes and positions in one frame, one row per customer (`career.customers()`):
                customer_id, the columns of the playbook (by default p_purchase, and where they are there purchase_days,
                rung_position, highest_position, lapsed, paused, abc, value_at_risk, p_leaves, group and
                events_referral), and those that effects act on (clv, value_at_risk, p_alive, retention_value, ...).
                Of a lazy frame all columns are collected, as who gets an action depends on all customers: select those
                named here first. `plan.assignments(like=customers)` hands back a lazy one.
                Nobody with False in `may_contact` gets an action, and nobody with False in `may_contact_phone` one by
                the channel "phone"; a missing value is no refusal.
            actions: replace the planner's own.
            budget: money and hours for a period.
            start: the plan's first day, within the period.
            increments: what each action adds to each customer, from `increments`: customer_id and a column for each
                action on the purchase process, by name. They are used and nothing else. None: effects on leaving,
                purchases and spend are approximated from the scores, as if contacts treated for the whole horizon,
                and the plan says so.
            holdout: share of the customers selected for an action who are randomly assigned to the holdout, 0 to below
                1: at least one of them and not all. They are left untreated, so that the effect can be measured. Their
                cost stays unspent.
            keep_holdout: whether who was held out by `previous` is held out again, as long as the share allows: lasting
                effects need the same customers. Else each period draws its holdout anew.
            seed: seed of the random assignment and of the order among equal customers, combined with the customer id
                and the budget's period. None: 0, so the same plan is made again, and another period has another
                holdout.
            contacts: contacts that were made: customer_id, date, action (its name), and channel if it is known. The
                next contact of an action is due 12 / `per_year` months after the last. Contacts of the budget's period
                count for `most_contacts`, also those of other actions.
            previous: the plan before this one, or its dict. Its planned contacts before `start` count as made, and
                those that it was given. Where `contacts` are given they are the truth, and those are not counted.
                `plan.against()` has its treatment as a row, and `plan.checks()` what it promised. Plans in a row add up
                where their increments have one `until`. Its strategies stand for twelve months: see `force`.
            events: customer_id, date, event: for actions `after` an event of this name. Events from `start` on are not
                read.
            force: the reason for changing a strategy of `previous` before its year is out, which the plan keeps. A year
                runs for twelve months from the day since which the strategy stands unchanged, or to its `valid_until`
                if that is earlier. Another condition, objective, set of actions (by name, objective and lever),
                `forbids`, `prefers` or metric of the target, and an earlier end, make another strategy; so does one
                that now comes before it and takes customers from it. A strategy without actions of its own has those
                of the plan that some of its customers could be given. Texts, costs, effects, a later end and another
                value of the target do not. None: no strategy changes early.

        Raises:
            CapabilityError: an effect on leaving, where the model does not tell that anybody leaves; effects that need
                increments.
            DataError: a column is missing, an action or a customer has no increments, a customer has no strategy, the
                start lies outside the period, `may_contact` is no truth value, or there is no holdout to keep; a
                strategy of `previous` changes before its year is out, or `force` says nothing or forces nothing.

        Warns:
            DataWarning: an action serves no strategy, and is left out; a strategy forbids or prefers what is no action,
                objective or lever; a holdout was asked for, and a single customer
                would be treated: nobody is held out; contacts or events are with others than the customers, or contacts
                not before the plan's start, and left out; names are known nowhere, `options/unknown_names.py`.

        `Plan` has an example.
        """
        customers, increments, contacts, events = map(in_memory, (customers, increments, contacts, events))
        day = read_object(budget, "budget", kind=Budget, hint=BUDGET_HINT).start_day(start)
        share = SHARE_BELOW_1.read(holdout, "holdout", hint="write holdout=0.1 for one customer in ten, 0 for none.")
        assignment_seed, keep = _assignment_seed(seed), read_flag(keep_holdout, "keep_holdout")
        before = read_previous(previous)
        listed = self.listed(self.actions if actions is None else as_actions(actions))
        catalogue = serving(listed, strategies=self.playbook.strategies, matching=self.match_objectives, need=NEED)
        self._check_validity(day)
        table = CustomerTable.read(customers)
        check_steps(catalogue, rungs="rung" in table.words, columns=table.columns)
        tell_unknown_names(
            table, actions=listed, strategies=self.playbook.strategies, responses=self.responses, need=NEED
        )
        bundles = bundles_of(catalogue, most=self.most_actions)
        strategy, strategies = self.playbook.first_match(customers), self.playbook.strategies
        given = None
        if increments is not None:
            used = [strategies[at] for at in np.unique(strategy).tolist()]
            given = ActionIncrements.read(
                increments,
                actions=catalogue,
                customers=customers,
                need=NEED,
                bundles=bundles,
                plan=partial(counted_for, start=day, days=budget.days, ends=ends_within(used, budget)),
            )
        if given is None or table.numbers.keys() >= LEAVING:
            refuse_leaving_where_nobody_leaves(catalogue, table)
        schedule, earlier, claimed = contact_calendar(
            catalogue,
            frame=customers,
            ids=table.ids,
            strategy=strategy,
            strategies=strategies,
            budget=budget,
            start=day,
            contacts=contacts,
            previous=before,
            events=events,
            need=NEED,
        )
        if contacts is not None and earlier is not None:
            tell_unknown_contacts(earlier, listed, before=before, most_contacts=self.most_contacts, need=NEED)
        decisions = decide(
            frame=customers,
            customers=table,
            strategy=strategy,
            strategies=strategies,
            actions=catalogue,
            bundles=bundles,
            schedule=schedule,
            budget=budget,
            start=day,
            holdout=share,
            seed=assignment_seed,
            match_objectives=self.match_objectives,
            exclude=self._exclusion(customers),
            most_contacts=self.most_contacts,
            contacts_made=None if earlier is None else earlier.number_in(budget, n=len(table)),
            increments=given,
            claimed=claimed,
            powers=response_powers(customers, self.responses, need=NEED),
            need=NEED,
            keep=kept_holdout(before, table.ids) if keep else None,
        )
        stand = standing(
            self.playbook,
            before,
            catalogue=Catalogue(catalogue, self.match_objectives, strategy, decisions.gain),
            frame=customers,
            start=day,
            force=force,
            need=NEED,
        )
        if share > 0 and decisions.treated.sum() == 1 and not decisions.held_out.any():
            warn(
                f"{NEED}: holdout={share:g} holds nobody out: 1 of {quantity(len(table), 'customer')} would be"
                " treated, and with nobody left to compare with, the effect cannot be measured. holdout=0 says that it"
                " need not be."
            )
        return Plan(
            playbook=self.playbook,
            actions=catalogue,
            budget=budget,
            start=day,
            holdout=share,
            seed=assignment_seed,
            customers=table,
            schedule=schedule,
            ledger=decisions,
            match_objectives=self.match_objectives,
            most_actions=self.most_actions,
            most_contacts=self.most_contacts,
            exclude=self.exclude,
            responses=self.responses,
            previous=None
            if before is None
            else treatment_before(before, ids=table.ids, bundles=bundles, actions=catalogue, changed=stand.changed),
            since=stand.since,
            force=stand.force,
            earlier=None if earlier is None else earlier.that_matter(catalogue, budget=budget, start=day),
            like=new_frame({"nothing": np.zeros(0)}, like=customers),
            horizon="" if given is None else given.horizon,
        )

    def review(
        self,
        plan: Plan[FrameT] | Mapping[str, Any],
        actuals: Mapping[str, Any],
        *,
        as_of: Any = None,
        customers: Any = None,
        level: float = 0.95,
        amounts_at: str = "paid",
    ) -> Review[FrameT]:
        """Whether the strategies of a plan worked: what came beside what was planned, and beside the holdout.

        A plan is reviewed when its year is out; what came earlier is shown without a verdict.

        Args:
            plan: the plan, or its dict.
            actuals: "transactions", a frame as from `kk.transactions`, of which purchases from the plan's first day on
                count (those before it, if there are any, tell what was bought before); and if they are known
                "contacts", those that were made: customer_id, date, action (its name), cost and hours if they are
                known. Without them the planned contacts are taken as made, and without costs they cost as planned.
            as_of: the last day on which the actuals are complete. None: the day to which strategies are judged, if at
                the pace of the purchases no more than five are missing up to it; else the actuals end early.
            customers: the customers a year later (`career.customers()`), with the columns of this planner's playbook:
                for `review.moved()`.
            level: probability that the intervals of all strategies hold together.
            amounts_at: which price the column `amount` of the transactions has: "paid", after vouchers and discounts,
                or "list", before them. Then what a price cut costs is not in it.

        Raises:
            DataError: no plan; actuals without transactions, of other customers, or that end before the plan begins; an
                `as_of` before it; contacts by actions that the plan does not have; no purchase of the treated, or of
                those held out, where at least 20 buyers would be expected.

        Warns:
            DataWarning: most buyers are not customers of the plan; contacts are with others; no purchases for longer
                before `as_of` than chance explains; far fewer or more purchases than were expected; more than 2 % of
                the transactions are copies of others.

        `Review` has an example.
        """
        return review(
            plan, actuals, as_of=as_of, customers=customers, level=level, amounts_at=amounts_at, playbook=self.playbook
        )

    def _exclusion(self, customers: Any) -> Condition | None:
        """The exclusion, where its columns are there."""
        if self.exclude is not None:
            require(narrow(customers, need=NEED), self.exclude.needs, need=f"{NEED}: `exclude`")
        return self.exclude

    def _check_validity(self, day: str) -> None:
        for each in self.playbook.strategies:
            if not each.holds_on(day):
                raise DataError.because(
                    f"the strategy {each.name!r} does not hold on {day}: it is valid from {each.valid_from} "
                    f"until {each.valid_until}.",
                    hint="review it and give it new dates, or start the plan within them.",
                )
            if each.target is not None:
                refuse_before(each.target, day, of=each.name)


def _assignment_seed(seed: int | np.random.Generator | None) -> int:
    """The seed of the random assignment as a whole number: 0 for None, one of 31 bits drawn from a generator."""
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(2**31))
    return 0 if seed is None else read_seed(seed)
