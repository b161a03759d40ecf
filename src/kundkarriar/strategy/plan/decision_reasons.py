"""The reason for each decision of a plan: why the customer is treated, held out, or gets no action."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.strategy.plan.decisions import eligible
from kundkarriar.strategy.plan.plan_data import PlanData

TREATED, HELD_OUT, NO_ACTION, ONLY_RECOMMENDED, VALUE_UNKNOWN, NOT_WORTH_IT, OUTBID = range(7)
REASON_TEXTS = (
    "planned: adds more than it costs",
    "held out, so that the plan's effect can be measured",
    "no action was given for this",
    "recommended only: no effect was stated for it, so no money is planned",
    "no value is known for this customer, so no money is planned",
    "no action adds more than it costs",
    "would pay, but the money or the hours bring more elsewhere",
)


def decision_reasons(plan: PlanData[Any]) -> tuple[Whole, Whole]:
    """Each customer's reason, as a position in `REASON_TEXTS`, and the action recommended without money, -1 for none.

    Both are (n,).
    """
    ledger, customers, strategies, actions = plan.ledger, plan.customers, plan.playbook.strategies, plan.actions
    n = len(customers)
    priced, recommended = np.zeros(n, dtype=bool), np.full(n, -1)
    for at, action in reversed(list(enumerate(actions))):
        eligible_rows = eligible(action, customers=customers, strategy=ledger.strategy, strategies=strategies)
        if not action.effects:
            recommended[eligible_rows] = at
        else:
            priced |= eligible_rows
    cost = np.array([action.cost_in(plan.budget) for action in actions])
    known = ~np.isnan(ledger.gain)
    worthwhile = (np.where(known, ledger.gain, -np.inf) > cost).any(axis=1)
    reason = np.full(n, OUTBID)
    reason[~worthwhile] = NOT_WORTH_IT
    reason[~known.any(axis=1)] = VALUE_UNKNOWN
    reason[~priced] = NO_ACTION
    reason[~priced & (recommended >= 0)] = ONLY_RECOMMENDED
    reason[ledger.held_out] = HELD_OUT
    reason[ledger.treated] = TREATED
    return reason, recommended
