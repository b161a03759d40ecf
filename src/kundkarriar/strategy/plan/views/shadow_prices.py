"""What more of each budget would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount import amount

if TYPE_CHECKING:
    from kundkarriar.strategy.plan.plan import Plan


def shadow_prices(plan: Plan[FrameT]) -> FrameT:
    """What a further unit of money and a further hour would bring: see `Plan.shadow_prices`."""
    currency = plan.customers.currency
    there = np.array([plan.budget.money_to_plan, plan.budget.hours_to_plan])
    planned = np.array([total(plan.cost), total(plan.hours)])
    prices = plan.ledger.prices
    bought = (f"one more {currency or 'unit of money'}", "one more hour")
    meaning = [
        f"{what} would bring {amount(float(price), currency)} net"
        if price > 0
        else f"{what} would bring nothing: what is left over has no use that pays"
        for what, price in zip(bought, prices, strict=True)
    ]
    return new_frame(
        {
            "budget": np.array(["money", "hours"], dtype=object),
            "available": there,
            "planned": planned,
            "left": there - planned,
            "shadow_price": prices.copy(),
            "meaning": np.array(meaning, dtype=object),
        },
        like=plan.like,
    )
