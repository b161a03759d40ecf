"""Planned actions that change a price, with their cost and the best alternative that keeps the price."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Mask
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.plan.plan_data import PlanData

INHERITED = "the cost of this period only: a discount tends to follow the customer up the ladder and to grow"


def discounts(plan: PlanData[FrameT]) -> FrameT:
    """Each planned price action beside the best non-price action for the same customers: see `Plan.discounts`."""
    value, cost = plan.ledger.incremental_value, plan.cost
    treated = {
        bundle.name: rows
        for at, bundle in enumerate(plan.bundles)
        if any(each.changes_price for each in plan.actions_of(at)) and (rows := plan.ledger.bundle == at).any()
    }
    alternatives = [_alternative(plan, rows) for rows in treated.values()]

    def sums(values: Any) -> Any:
        return np.array([total(values[rows]) for rows in treated.values()], dtype=np.float64)

    return new_frame(
        {
            "action": text_column(treated, like=plan.like),
            "customers": np.array([rows.sum() for rows in treated.values()], dtype=np.int64),
            "one_period_cost": sums(cost),
            "incremental_value": sums(value),
            "net": sums(plan.net),
            "alternative": text_column([name for name, _ in alternatives], like=plan.like),
            "alternative_net": np.array([net for _, net in alternatives], dtype=np.float64),
            "note": text_column([_note(plan, *alternative) for alternative in alternatives], like=plan.like),
        },
        like=plan.like,
    )


def _alternative(plan: PlanData[Any], rows: Mask) -> tuple[str | None, float]:
    """The non-price action with the largest net for the customers of a discount, and that net."""
    best: tuple[str | None, float] = (None, np.nan)
    for at, bundle in enumerate(plan.bundles):
        gains = plan.bundle_net[rows, at]
        if any(each.changes_price for each in plan.actions_of(at)) or np.isnan(gains).all():
            continue
        net = total(np.fmax(gains, 0.0))
        if best[0] is None or net > best[1]:
            best = (bundle.name, net)
    return best


def _note(plan: PlanData[Any], name: str | None, net: float) -> str:
    if name is None:
        return f"{INHERITED}; no action that keeps the price was given for these customers"
    return f"{INHERITED}; {name} keeps the price and would bring {amount(net, plan.customers.currency)} net"
