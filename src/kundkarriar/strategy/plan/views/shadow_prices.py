"""Shadow prices of money and hours as a table; `numerics/planning` computes them."""

from __future__ import annotations

import numpy as np

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.amount_text import amount
from kundkarriar.strategy.plan.plan_data import PlanData


def shadow_prices(plan: PlanData[FrameT]) -> FrameT:
    """Net gain per additional unit of money and per additional hour: see `Plan.shadow_prices`."""
    currency = plan.customers.currency
    available = np.array([plan.budget.money_to_plan, plan.budget.hours_to_plan])
    planned = np.array([total(plan.cost), total(plan.hours)])
    prices = plan.decisions.prices
    units = (f"one more {currency or 'unit of money'}", "one more hour")
    meaning = [
        f"{unit} would bring {amount(float(price), currency)} net"
        if price > 0
        else f"{unit} would bring nothing: what is left over has no use that pays"
        for unit, price in zip(units, prices, strict=True)
    ]
    return new_frame(
        {
            "budget": np.array(["money", "hours"], dtype=object),
            "available": available,
            "planned": planned,
            "left": available - planned,
            "shadow_price": prices.copy(),
            "meaning": np.array(meaning, dtype=object),
        },
        like=plan.like,
    )
