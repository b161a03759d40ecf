"""The reason for each decision of a plan: why the customer is treated, held out, or gets no action."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.strategy.plan.allocation.plan_rules import PlanRule, allowed, forbidden, plan_rules
from kundkarriar.strategy.plan.plan_data import PlanData

TREATED, HELD_OUT, NO_ACTION, ONLY_RECOMMENDED, VALUE_UNKNOWN, NOT_WORTH_IT, OUTBID, FORBIDDEN, BELOW_HURDLE = range(9)
BARRED, EXCLUDED = 9, 10
REASON_TEXTS = (
    "planned: adds more than it costs",
    "held out, so that the plan's effect can be measured",
    "no action was given for this",
    "recommended only: no effect was stated for it, so no money is planned",
    "no value is known for this customer, so no money is planned",
    "no action adds more than it costs",
    "would pay, but the money or the hours bring more elsewhere",
    "would pay, but a rule of the plan forbids it",
    "would pay, but nets less for the money than the hurdle of the budget asks",
    "may not be contacted",
    "excluded, as",
)


def reason_texts(plan: PlanData[Any]) -> tuple[str, ...]:
    """The reasons in words, with the plan's own exclusion."""
    return (*REASON_TEXTS[:EXCLUDED], f"{REASON_TEXTS[EXCLUDED]} {plan.exclude}")


def decision_reasons(plan: PlanData[Any]) -> tuple[Whole, Whole]:
    """Each customer's reason, as a position in `REASON_TEXTS`, and the action recommended without money, -1 for none.

    Both are (n,).
    """
    ledger, n = plan.ledger, len(plan.customers)
    recommended, net = _recommended(plan), plan.bundle_net
    pays, enough = net > 0, net > plan.budget.hurdle * plan.bundle_cost
    may_get = allowed_bundles(plan)
    value = plan.customers.numbers.get(plan.customers.value_ahead, np.full(n, np.nan))
    known = ~np.isnan(ledger.gain).all(axis=1)
    reason = np.full(n, OUTBID)
    reason[~(enough & may_get).any(axis=1)] = BELOW_HURDLE
    reason[~(pays & may_get).any(axis=1)] = FORBIDDEN
    reason[~pays.any(axis=1)] = NOT_WORTH_IT
    reason[~known] = NO_ACTION
    reason[~known & np.isnan(value) & _may_be_served(plan)] = VALUE_UNKNOWN
    reason[(reason == NO_ACTION) & (recommended >= 0)] = ONLY_RECOMMENDED
    if ledger.excluded is not None:
        reason[ledger.excluded] = EXCLUDED
    reason[_barred(plan)] = BARRED
    reason[ledger.held_out] = HELD_OUT
    reason[ledger.treated] = TREATED
    return reason, recommended


def _barred(plan: PlanData[Any]) -> Mask:
    """Whether the customer may not be contacted, or by no channel of an action that has an effect, (n,)."""
    channels = {each.channel for each in plan.actions if each.effects} or {None}
    by_channel = [plan.customers.may_be_contacted(each) for each in channels]
    return np.asarray(~np.logical_or.reduce(by_channel))


def plan_rules_of(plan: PlanData[Any]) -> tuple[PlanRule, ...]:
    """The rules of the plan."""
    return plan_rules(
        plan.playbook.strategies,
        match_objectives=plan.match_objectives,
        exclude=plan.exclude,
        most_contacts=plan.most_contacts,
    )


def allowed_bundles(plan: PlanData[Any], *, rules: Sequence[PlanRule] | None = None) -> Mask:
    """Whether the rules of the plan, or those given, allow each bundle to each customer, (n, B)."""
    return allowed(
        plan_rules_of(plan) if rules is None else rules,
        strategy=plan.ledger.strategy,
        strategies=plan.playbook.strategies,
        actions=plan.actions,
        bundles=plan.bundles,
        net=plan.bundle_net,
        forbids=forbidden(
            plan.bundles,
            times=plan.calendar.times(),
            excluded=plan.ledger.excluded,
            most_contacts=plan.most_contacts,
            contacts_made=plan.ledger.contacts_made,
        ),
    )


def _may_be_served(plan: PlanData[Any]) -> Mask:
    """Who an action with an effect may serve, as far as the plan knows its conditions, (n,)."""
    strategies, n = plan.playbook.strategies, len(plan.customers)
    answer = np.zeros(n, dtype=bool)
    for at, action in enumerate(plan.actions):
        if action.effects:
            fits = np.broadcast_to(plan.calendar.pattern[:, at] >= 0, n)
            if action.step is not None:
                fits = fits & (plan.customers.word("rung") == action.step[0])
            if plan.schedule is None:  # before schedules, an action served the strategies that it matched
                fits = fits & np.array([each.serves(action) for each in strategies])[plan.ledger.strategy]
            answer |= fits
    return answer


def _recommended(plan: PlanData[Any]) -> Whole:
    """The first action without an effect that matches the customer's strategy and rung, (n,); -1 for none."""
    strategy, strategies = plan.ledger.strategy, plan.playbook.strategies
    recommended = np.full(len(plan.customers), -1)
    for at, action in reversed(list(enumerate(plan.actions))):
        if not action.effects:
            fits = np.array([each.serves(action) and each.allows(action) for each in strategies])[strategy]
            fits &= plan.customers.may_be_contacted(action.channel)
            if plan.ledger.excluded is not None:
                fits &= ~plan.ledger.excluded
            if action.step is not None:
                fits &= plan.customers.word("rung") == action.step[0]
            recommended[fits] = at
    return recommended
