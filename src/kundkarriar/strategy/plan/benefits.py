"""What a plan gives each customer: the value of its benefits to the customer, and what they cost the firm."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.strategy.plan.plan_data import PlanData


def benefits_of(plan: PlanData[Any], name: str, *, selected: Whole | None = None) -> Array:
    """A side of the benefits over the period, (n,), in money; 0 without any.

    Args:
        plan: the plan.
        name: "value_to_customer" or "cost_to_firm".
        selected: position of each customer's bundle, (n,), in place of the plan's own.
    """
    each = np.array([0.0 if own.benefit is None else getattr(own.benefit, name) for own in plan.actions])
    times = plan.calendar.times()
    bundle = plan.ledger.bundle if selected is None else selected
    value = np.zeros(len(bundle))
    for at in np.unique(bundle[bundle >= 0]).tolist():
        rows, actions = np.flatnonzero(bundle == at), list(plan.bundles[at].actions)
        value[rows] = times[0 if len(times) == 1 else rows][..., actions] @ each[actions]
    return value


def states_benefits(plan: PlanData[Any]) -> bool:
    """Whether any action states a benefit."""
    return any(each.benefit is not None for each in plan.actions)
