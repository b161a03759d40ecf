"""What a plan did with each customer, in the terms of the plan after it."""

from typing import Any

import numpy as np

from kundkarriar.strategy.plan.benefits import benefits_of
from kundkarriar.strategy.plan.bundles import Bundle
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.previous_treatment import PreviousTreatment


def treatment_before(
    previous: PlanData[Any], *, ids: tuple[Any, ...], bundles: tuple[Bundle, ...]
) -> PreviousTreatment:
    """What `previous` did with the customers `ids`, of whom some may be new; `bundles` are those of the next plan."""
    place = {each: at for at, each in enumerate(previous.customers.ids)}
    rows = np.array([place.get(each, -1) for each in ids], dtype=np.int64)
    own = previous.ledger.bundle
    before = np.where(rows >= 0, own[rows], -1)
    named = {each.name: at for at, each in enumerate(bundles)}
    same = np.array([*(named.get(each.name, -1) for each in previous.bundles), -1], dtype=np.int64)
    price = np.array(
        [*(any(own.changes_price for own in previous.actions_of(at)) for at in range(len(previous.bundles))), False]
    )
    a_year = benefits_of(previous, "value_to_customer") * 12 / previous.budget.months
    return PreviousTreatment(
        period=previous.budget.period,
        bundle=same[before],
        treated=before >= 0,
        discounted=price[before],
        benefit=np.where(rows >= 0, a_year[rows], 0.0),
    )
