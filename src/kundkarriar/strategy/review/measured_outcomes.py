"""Measured outcomes: the metrics of targets of each customer, as they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.outcomes import Outcome
from kundkarriar.strategy.review.actuals import Bought


def measured(
    plan: PlanData[Any], bought: Bought, *, usual: Mapping[str, Outcome], priced: bool, cut: Array | float = 0.0
) -> Mapping[str, Array]:
    """Each metric of `kk.Target` of each customer, (n,); NaN where it is not known.

    Net value is what was kept of the spend, in contributions per expected spend as the plan's scores have them. Returns
    count as far as they differ from the usual share of spend, which the scores have taken off already: that of those
    who were not treated. Costs to serve are those that were expected. The target's `spend` is before returns.

    The `cut`, (n,), is what price cuts took off the amounts: net value is at list prices, as the cut is a cost of the
    action, which counts by itself.
    """
    n, have = len(plan.customers), plan.customers.numbers
    missing = np.full(n, np.nan)
    purchases = bought.purchases.astype(np.float64)
    spend = bought.spend if priced else missing
    untreated = ~plan.ledger.as_assigned.treated
    usually = untreated if bought.spend[untreated].any() else np.ones(n, dtype=bool)
    whole, back = total(bought.spend[usually]), total(bought.returned[usually])
    kept = (spend - bought.returned) * (whole / (whole - back) if whole > back else 1.0) + cut
    value = have.get("contribution", have.get("clv", missing))
    foreseen = have.get("expected_purchases", missing) * have.get("expected_order_value", missing)
    known = np.isfinite(value + foreseen) & (foreseen > 0)
    pooled = total(value[known]) / total(foreseen[known]) if known.any() else np.nan
    margin = np.divide(value, foreseen, out=np.full(n, pooled), where=known)
    share = np.divide(usual["purchases"].mean, have.get("expected_purchases", missing), out=np.ones(n), where=known)
    served = np.nan_to_num((value - have.get(plan.customers.value_ahead, missing)) * share)
    return {
        "share that buys": (purchases > 0).astype(np.float64),
        "purchases": purchases,
        "spend": spend,
        "net value": margin * kept - served,
    }
