"""What a planner is made of: its fields, its catalogue of actions, and the increments that it counts of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import WholeNumber, read_object
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.errors import DataError
from kundkarriar.fields import all_instances_of, instance_of
from kundkarriar.frames import FrameT, narrow
from kundkarriar.rules.condition import A_CONDITION, CONDITION, Condition
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import LATER, or_null, written
from kundkarriar.strategy.increments.climb_factors import read_climbs
from kundkarriar.strategy.increments.count_increments import NEED as NEED_OF_INCREMENTS
from kundkarriar.strategy.increments.count_increments import count_increments
from kundkarriar.strategy.increments.counted_for import counted_for, ends_within
from kundkarriar.strategy.increments.earlier_contacts import EarlierContacts
from kundkarriar.strategy.increments.responses import response_powers
from kundkarriar.strategy.plan.contacts.contact_calendar import contact_calendar
from kundkarriar.strategy.plan.ladder_rungs import ACTIONS_HINT
from kundkarriar.strategy.plan.options.bundles import bundles_of
from kundkarriar.strategy.plan.plan_data import MOST_CONTACTS
from kundkarriar.strategy.plan.previous_plan import read_previous
from kundkarriar.strategy.specs.action import Action, as_actions, names_of
from kundkarriar.strategy.specs.budget import BUDGET_HINT, Budget
from kundkarriar.strategy.specs.playbook import Playbook
from kundkarriar.strategy.specs.responses import Responses, all_responses, as_responses

MOST_ACTIONS = WholeNumber(least=1, most=10, example=2)


@frozen(kw_only=True)
class PlannerSpec(Stored):
    """The fields of `StrategyPlanner`, which explains them, and what each action adds to each customer."""

    playbook: Playbook = field(validator=instance_of(Playbook))
    actions: tuple[Action, ...] = field(
        default=(), converter=as_actions, validator=all_instances_of(Action), repr=names_of
    )
    match_objectives: bool = field(default=False, validator=instance_of(bool), metadata=LATER)
    most_actions: int = field(default=1, validator=MOST_ACTIONS, metadata=LATER)
    most_contacts: int | None = field(default=None, validator=optional(MOST_CONTACTS), metadata=LATER)
    exclude: Condition | None = field(
        default=None, validator=optional(A_CONDITION), metadata=written(or_null(CONDITION), later=True)
    )
    responses: Responses = field(default=(), converter=as_responses, validator=all_responses, metadata=LATER)

    def increments(
        self,
        scorer: FittedValueScorer,
        summary: FrameT,
        *,
        budget: Budget,
        start: Any,
        actions: Iterable[Action] | None = None,
        customers: Any = None,
        leads: Any = None,
        planned: Any = None,
        contacts: Any = None,
        previous: Any = None,
        events: Any = None,
        until: Any = None,
        climbs: Any = None,
    ) -> FrameT:
        """What each action adds to the expected value of each customer, for `plan(..., increments=)`.

        The purchase process is computed with and without the effects, while the contacts of the plan treat: each treats
        for the effects' `lasts`, and where they overlap once. All actions have one horizon, from the day of the summary
        to the scorer's horizon after `start`, or to the last treated day if it is later. What contacts before the plan
        still do is business as usual: an effect belongs to the plan that paid for the contact.

        Increments are counted for the stated effects, for their ends, and for effects four times as strong (in
        logarithms). Between these, break-even sizes are interpolated. Effects on purchases, spend or cost alone need
        the stated size only, as what they add is proportional to it.

        Args:
            scorer: the fitted scorer.
            summary: one row per customer, from `kk.summarize`.
            budget: its period; as in `plan`.
            start: the plan's first day; as in `plan`.
            actions: replace the planner's own.
            customers: as in `ValueScorer.fit`, where terms are columns.
            leads: from `kk.leads`: for effects on the first purchase, which are counted of prospects.
            planned: the frame that `plan` will get: the strategies of its customers end contacts, and others have no
                increments. None: all customers, and contacts to the end of the period.
            contacts: as in `plan`.
            previous: as in `plan`.
            events: as in `plan`.
            until: the last day of the horizon, to compare plans over the same time. None: as above.
            climbs: by how much discounts grow as customers climb, for those with an escalation: customer_id and
                climb_factor, from `micro.climb_factors(history, discount)`; or such frames by the name of the action,
                where several grow differently.

        Returns:
            customer_id; by action on the process "call", "call, low", "call, high", "call, fourfold" and, of several
            effects, "call, half"; missing for prospects, but of effects on their first purchase; until (last day of the
            horizon); counted_for, by which `plan` refuses what was counted for another start, period or action. Several
            actions together, "call + letter", have what is stated and its ends. What actions cost by `cost_of_spend` is
            "call, cost of spend", at the same sizes. What a discount costs from the first contact to the end of the
            horizon, treated or not, is "call, path cost", with escalation, and "call, path cost in the period" is the
            part until the period's last day, without. Then there is the margin at the list price too. Discounts given
            before the plan are taken off all that customers spend more. Actions that work on a promotion, or add stated
            money alone and give no discount, have no columns.

        Raises:
            CapabilityError: an effect on what the purchase model does not have; a discount with an escalation without
                `climbs`, or with a scorer that counts no money.
            DataError: the plan does not start after the day of the summary; effects on the first purchase without
                `leads`; an `until` before the last treated day; contacts without an id, a date or an action.

        Warns:
            DataWarning: contacts by actions that the plan does not have, of which it is not known what they do.
        """
        day = read_object(budget, "budget", kind=Budget, hint=BUDGET_HINT).start_day(start)
        kind, hint = FittedValueScorer, "kk.ValueScorer(...).fit(summary)."
        fitted = read_object(scorer, "scorer", kind=kind, hint=hint)
        before = read_previous(previous)
        listed = self.listed(self.actions if actions is None else as_actions(actions))
        catalogue = tuple(sorted(listed, key=lambda action: action.changes_price))
        need = NEED_OF_INCREMENTS
        frame, strategies = summary if planned is None else planned, self.playbook.strategies
        ids = unique_ids(narrow(frame, need=need), need=need, hint=ONE_ROW_HINT)
        strategy = np.zeros(len(ids), dtype=np.int64)
        if planned is None:
            strategies = (evolve(strategies[0], valid_until=None),)
        else:
            strategy = self.playbook.first_match(planned)
        schedule, log, claimed = contact_calendar(
            catalogue,
            frame=frame,
            ids=ids.to_list(),
            strategy=strategy,
            strategies=strategies,
            budget=budget,
            start=day,
            contacts=contacts,
            previous=before,
            events=events,
            need=need,
        )
        others = () if before is None else before.actions
        return count_increments(
            bundles_of(catalogue, most=self.most_actions),
            catalogue,
            fitted,
            summary,
            schedule=schedule,
            start=day,
            customers=customers,
            leads=leads,
            planned=planned,
            earlier=None if log is None else EarlierContacts.of(log, actions=catalogue, before=others, need=need),
            claimed=claimed,
            until=until,
            powers=response_powers(frame, self.responses, need=need),
            climbs=read_climbs(climbs, actions=catalogue, frame=frame, need=need),
            period_end=budget.last_day,
            stamp=counted_for(catalogue, start=day, days=budget.days, ends=ends_within(strategies, budget)),
        )

    def listed(self, given: Sequence[Action]) -> tuple[Action, ...]:
        """The given actions and those named by strategies, each once; names must differ."""
        for each in given:
            read_object(each, "actions", kind=Action, hint=ACTIONS_HINT)
        named = [action for strategy in self.playbook.strategies for action in strategy.actions]
        catalogue = (*given, *(each for each in dict.fromkeys(named) if each not in given))
        twice = sorted(name for name, times in Counter(each.name for each in catalogue).items() if times > 1)
        if twice:
            raise DataError.because(
                f"every action needs a name of its own, these stand more than once: {twice}.",
                hint="rename one of them, or leave it out.",
            )
        return catalogue
