"""The reason for each decision of a plan: why the customer is treated, held out, or gets no action."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.plan_rules import allowed, plan_rules

TREATED, HELD_OUT, NO_ACTION, ONLY_RECOMMENDED, VALUE_UNKNOWN, NOT_WORTH_IT, OUTBID, FORBIDDEN = range(8)
REASON_TEXTS = (
    "planned: adds more than it costs",
    "held out, so that the plan's effect can be measured",
    "no action was given for this",
    "recommended only: no effect was stated for it, so no money is planned",
    "no value is known for this customer, so no money is planned",
    "no action adds more than it costs",
    "would pay, but the money or the hours bring more elsewhere",
    "would pay, but a rule of the plan forbids it",
)


def decision_reasons(plan: PlanData[Any]) -> tuple[Whole, Whole]:
    """Each customer's reason, as a position in `REASON_TEXTS`, and the action recommended without money, -1 for none.

    Both are (n,).
    """
    ledger, n = plan.ledger, len(plan.customers)
    recommended, net = _recommended(plan), plan.bundle_net
    pays = net > 0
    may_get = allowed_bundles(plan)
    value = plan.customers.numbers.get(plan.customers.value_ahead, np.full(n, np.nan))
    known = ~np.isnan(ledger.gain).all(axis=1)
    offered = (may_get & _priced(plan)).any(axis=1)
    reason = np.full(n, OUTBID)
    reason[~(pays & may_get).any(axis=1)] = FORBIDDEN
    reason[~pays.any(axis=1)] = NOT_WORTH_IT
    reason[~known] = NO_ACTION
    reason[~known & np.isnan(value) & offered] = VALUE_UNKNOWN
    reason[(reason == NO_ACTION) & (recommended >= 0)] = ONLY_RECOMMENDED
    reason[ledger.held_out] = HELD_OUT
    reason[ledger.treated] = TREATED
    return reason, recommended


def allowed_bundles(plan: PlanData[Any]) -> Mask:
    """Whether the rules of the plan allow each bundle to each customer, (n, B)."""
    strategies = plan.playbook.strategies
    return allowed(
        plan_rules(strategies, match_objectives=plan.matches_objectives),
        strategy=plan.ledger.strategy,
        strategies=strategies,
        actions=plan.actions,
        bundles=plan.bundles,
        net=plan.bundle_net,
    )


def _priced(plan: PlanData[Any]) -> Mask:
    """Whether the actions of a bundle have effects, and start from the customer's rung if they have a step, (n, B)."""
    priced = np.ones((len(plan.customers), len(plan.bundles)), dtype=bool)
    for at in range(len(plan.bundles)):
        for action in plan.actions_of(at):
            starts = action.step is None or plan.customers.word("rung") == action.step[0]
            priced[:, at] &= starts if action.effects else False
    return priced


def _recommended(plan: PlanData[Any]) -> Whole:
    """The first action without an effect that matches the customer's strategy and rung, (n,); -1 for none."""
    strategy, strategies = plan.ledger.strategy, plan.playbook.strategies
    recommended = np.full(len(plan.customers), -1)
    for at, action in reversed(list(enumerate(plan.actions))):
        if not action.effects:
            fits = np.array([each.serves(action) and each.allows(action) for each in strategies])[strategy]
            if action.step is not None:
                fits &= plan.customers.word("rung") == action.step[0]
            recommended[fits] = at
    return recommended
