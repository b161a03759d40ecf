"""Planned actions that change a price, with their cost and the best alternative that keeps the price."""

from __future__ import annotations

import numpy as np

from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.plan.plan_data import PlanData

INHERITED = "the cost of this period only: a discount tends to follow the customer up the ladder and to grow"


def discounts(plan: PlanData[FrameT]) -> FrameT:
    """Each planned price action beside the best non-price action for the same customers: see `Plan.discounts`."""
    value, cost = plan.decisions.incremental_value, plan.cost
    priced = [
        at for at, action in enumerate(plan.actions) if action.changes_price and (plan.decisions.action == at).any()
    ]
    treated = [plan.decisions.action == at for at in priced]
    alternatives = [_alternative(plan, at) for at in priced]
    return new_frame(
        {
            "action": np.array([plan.actions[at].name for at in priced], dtype=np.str_),
            "customers": np.array([rows.sum() for rows in treated], dtype=np.int64),
            "one_period_cost": np.array([total(cost[rows]) for rows in treated], dtype=np.float64),
            "incremental_value": np.array([total(value[rows]) for rows in treated], dtype=np.float64),
            "net": np.array([total((value - cost)[rows]) for rows in treated], dtype=np.float64),
            "alternative": text_column([name for name, _ in alternatives], like=plan.like),
            "alternative_net": np.array([net for _, net in alternatives], dtype=np.float64),
            "note": np.array([_alternative_note(plan, *alternative) for alternative in alternatives], dtype=np.str_),
        },
        like=plan.like,
    )


def _alternative(plan: PlanData[FrameT], discount: int) -> tuple[str | None, float]:
    """The non-price action with the largest net for the customers of a discount, and that net."""
    rows = plan.decisions.action == discount
    best: tuple[str | None, float] = (None, np.nan)
    for at, action in enumerate(plan.actions):
        gains = plan.decisions.gain[rows, at]
        if action.changes_price or np.isnan(gains).all():
            continue
        net = total(np.fmax(gains - action.cost_in(plan.budget), 0.0))
        if best[0] is None or net > best[1]:
            best = (action.name, net)
    return best


def _alternative_note(plan: PlanData[FrameT], name: str | None, net: float) -> str:
    if name is None:
        return f"{INHERITED}; no action that keeps the price was given for these customers"
    return f"{INHERITED}; {name} keeps the price and would bring {amount(net, plan.customers.currency)} net"
