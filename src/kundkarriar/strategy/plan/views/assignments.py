"""The plan customer by customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.strategy.plan.outcome import HELD_OUT, WORDS, outcomes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.strategy.plan.plan import Plan


def assignments(plan: Plan[FrameT]) -> FrameT:
    """One row per customer, in the order given: see `Plan.assignments`."""
    ledger, customers = plan.ledger, plan.customers
    outcome, advised = outcomes(plan)
    names = np.array([*(action.name for action in plan.actions), None], dtype=object)
    value, cost = ledger.incremental_value, plan.cost
    backend = narrow(plan.like, need="Plan").implementation
    at_risk = customers.numbers.get("value_at_risk")
    strategies = plan.playbook.strategies
    return new_frame(
        {
            "customer_id": nw.new_series("customer_id", list(customers.ids), backend=backend),
            "strategy": np.array([each.name for each in strategies], dtype=object)[ledger.strategy],
            "objective": np.array([each.objective for each in strategies], dtype=object)[ledger.strategy],
            "action": text_column(names[ledger.action], like=plan.like),
            "recommended": text_column(names[advised], like=plan.like),
            "treated": ledger.treated,
            "held_out": outcome == HELD_OUT,
            "cost": cost,
            "hours": plan.hours,
            "incremental_value": value,
            "net": value - cost,
            "max_justified_spend": ledger.max_justified_spend,
            **({} if at_risk is None else {"value_at_risk": at_risk}),
            "reason": _reasons(plan, outcome),
        },
        like=plan.like,
    )


def _reasons(plan: Plan[FrameT], outcome: NDArray[np.int64]) -> NDArray[np.object_]:
    """Why this strategy, and why this action or none: one text per strategy and outcome, handed out."""
    texts = np.array(
        [[f"{each.because}; {words}" for words in WORDS] for each in plan.playbook.strategies], dtype=object
    )
    answer: NDArray[np.object_] = texts[plan.ledger.strategy, outcome]
    return answer
