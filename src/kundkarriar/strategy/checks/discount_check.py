"""The check that a plan knows what its price actions cost, and not in its own period alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.checks.check import Check
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.discounts import changes_price, path_is_known


def paths_are_known(plan: PlanData[Any]) -> Check:
    """Check that every action that changes the price says as which share: a discount is kept, a voucher is not.

    The customers that break it are those selected for an action that does not.
    """
    check = "every action that changes the price tells what it costs on its path"
    changing = [
        at
        for at in range(len(plan.actions))
        if changes_price(plan, at) and any(each.effects for each in plan.actions_of(at))
    ]
    if not changing:
        return Check.impossible(check, why="no action changes the price")
    unknown = [at for at in range(len(plan.bundles)) if not path_is_known(plan, at)]
    names = [plan.actions[at].name for at in changing if at in unknown]
    broken = np.isin(plan.ledger.selected, unknown)
    said = f"all {len(changing)} say as which share they cost"
    told = (
        f"{quantity(int(broken.sum()), 'customer')} of the plan may keep a price cut whose later cost is not known, by "
        f"{', '.join(names)}: write discount=kk.Discount(share=...) where it is kept, cost_of_spend where it is not"
    )
    return Check(
        check=check,
        passed=not names,
        value=float(len(names)),
        limit=0.0,
        broken=broken,
        message=told if names else said,
    )
