"""What each bundle brings to a plan when all that it uses is paid at the plan's shadow prices."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.strategy.plan.allocation.ways import spend_limits
from kundkarriar.strategy.plan.decision_reasons import allowed_bundles
from kundkarriar.strategy.plan.plan_data import PlanData


def charges(plan: PlanData[Any]) -> Array:
    """Shadow price of what each bundle uses: money, hours and each cap, less that of each floor, (n, B) or (1, B).

    The hurdle is a lowest price of money.
    """
    money, hour = plan.ledger.prices.tolist()
    charge: Array = max(money, plan.budget.hurdle) * plan.bundle_cost + hour * plan.bundle_hours
    if any(plan.ledger.limit_prices):
        for limit, price in zip(spend_limits(plan), plan.ledger.limit_prices, strict=True):
            charge = charge + (price if limit.kind == "cap" else -price) * limit.constraint.use
    return charge


def priced_net(plan: PlanData[Any]) -> Array:
    """Net gain less `charges`, (n, B), NaN where not allowed: the most above 0 is what a customer is best given."""
    return np.where(allowed_bundles(plan), plan.bundle_net - charges(plan), np.nan)
