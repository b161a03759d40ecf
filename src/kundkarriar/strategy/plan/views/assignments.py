"""The plan as one row per customer."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Whole
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.strategy.plan.decision_reasons import HELD_OUT, REASON_TEXTS, decision_reasons
from kundkarriar.strategy.plan.plan_data import PlanData


def assignments(plan: PlanData[FrameT]) -> FrameT:
    """One row per customer, in the order given: see `Plan.assignments`."""
    decisions, customers = plan.decisions, plan.customers
    reason, recommended = decision_reasons(plan)
    names = np.array([*(action.name for action in plan.actions), None], dtype=object)
    value, cost = decisions.incremental_value, plan.cost
    backend = narrow(plan.like, need="Plan").implementation
    at_risk = customers.numbers.get("value_at_risk")
    strategies = plan.playbook.strategies
    return new_frame(
        {
            "customer_id": nw.new_series("customer_id", list(customers.ids), backend=backend),
            "strategy": np.array([each.name for each in strategies], dtype=object)[decisions.strategy],
            "objective": np.array([each.objective for each in strategies], dtype=object)[decisions.strategy],
            "action": text_column(names[decisions.action], like=plan.like),
            "recommended": text_column(names[recommended], like=plan.like),
            "treated": decisions.treated,
            "held_out": reason == HELD_OUT,
            "cost": cost,
            "hours": plan.hours,
            "incremental_value": value,
            "net": value - cost,
            "max_justified_spend": decisions.max_justified_spend,
            **({} if at_risk is None else {"value_at_risk": at_risk}),
            "reason": _reasons(plan, reason),
        },
        like=plan.like,
    )


def _reasons(plan: PlanData[FrameT], reason: Whole) -> NDArray[np.object_]:
    """The reason for each customer's strategy and decision, (n,): one text per strategy and reason."""
    texts = np.array(
        [[f"{each.because}; {words}" for words in REASON_TEXTS] for each in plan.playbook.strategies], dtype=object
    )
    reasons: NDArray[np.object_] = texts[plan.decisions.strategy, reason]
    return reasons
