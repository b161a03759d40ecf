"""Why a customer gets an action, or gets none: one of seven reasons, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.strategy.plan.decisions import eligible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.strategy.plan.plan import Plan

TREATED, HELD_OUT, NO_ACTION, ONLY_ADVICE, UNKNOWN, NOT_WORTH_IT, OUTBID = range(7)
WORDS = (
    "planned: adds more than it costs",
    "held out, so that the plan's effect can be measured",
    "no action was given for this",
    "recommended only: no effect was stated for it, so no money is planned",
    "no value is known for this customer, so no money is planned",
    "no action adds more than it costs",
    "would pay, but the money or the hours bring more elsewhere",
)


def outcomes(plan: Plan[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The reason of each customer, (n,), and the action that is recommended without money, (n,), -1 for none."""
    ledger, customers, strategies, actions = plan.ledger, plan.customers, plan.playbook.strategies, plan.actions
    n = len(customers)
    priced, advised = np.zeros(n, dtype=bool), np.full(n, -1)
    for at, action in reversed(list(enumerate(actions))):
        can = eligible(action, customers=customers, strategy=ledger.strategy, strategies=strategies)
        if action.effect is None:
            advised[can] = at
        else:
            priced |= can
    cost = np.array([action.cost_in(plan.budget) for action in actions])
    known = ~np.isnan(ledger.gain)
    worth = (np.where(known, ledger.gain, -np.inf) > cost).any(axis=1)
    answer = np.full(n, OUTBID)
    answer[~worth] = NOT_WORTH_IT
    answer[~known.any(axis=1)] = UNKNOWN
    answer[~priced] = NO_ACTION
    answer[~priced & (advised >= 0)] = ONLY_ADVICE
    answer[ledger.held_out & priced] = HELD_OUT
    answer[ledger.treated] = TREATED
    return answer, advised
