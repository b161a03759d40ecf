"""How the plan's net gain moves with each effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.numerics.increment import break_even

if TYPE_CHECKING:
    from kundkarriar.strategy.plan import Plan


def sensitivity(plan: Plan[FrameT]) -> FrameT:
    """Each planned action with its effect at low, mean and high: see `Plan.sensitivity`."""
    cost = plan.cost
    plan_net = float((plan.ledger.incremental_value - cost).sum())
    lines = []
    for at, action in enumerate(plan.actions):
        mine = plan.ledger.action == at
        if action.effect is None or not mine.any():
            continue
        spent = float(cost[mine].sum())
        usual = float(plan.gain(at, action.effect.mean)[mine].sum())
        pays_from = action_break_even(plan, at)
        for end in ("low", "mean", "high"):
            size = getattr(action.effect, end)
            value = float(plan.gain(at, size)[mine].sum())
            lines.append(
                {
                    "action": action.name,
                    "effect_on": action.effect.on,
                    "end": end,
                    "effect": size,
                    "customers": int(mine.sum()),
                    "incremental_value": value,
                    "cost": spent,
                    "net": value - spent,
                    "plan_net": plan_net + value - usual,
                    "change": value - usual,
                    "break_even": pays_from,
                    "evidence": action.effect.evidence,
                }
            )
    kinds = {"customers": np.int64, "action": np.str_, "effect_on": np.str_, "end": np.str_, "evidence": np.str_}
    names = (
        *("action", "effect_on", "end", "effect", "customers", "incremental_value", "cost", "net"),
        *("plan_net", "change", "break_even", "evidence"),
    )
    return new_frame(
        {name: np.array([line[name] for line in lines], dtype=kinds.get(name, np.float64)) for name in names},
        like=plan.like,
    )


def action_break_even(plan: Plan[FrameT], action: int, customer: int | None = None) -> float:
    """The effect at which a planned action just pays its cost: for all it is planned for, or for one customer."""
    effect = plan.actions[action].effect
    mine = plan.ledger.action == action
    if customer is not None:
        mine = mine & (np.arange(len(mine)) == customer)
    if effect is None:
        return float("nan")
    return break_even(
        on=effect.on, base=plan.ledger.base[mine], p=plan.ledger.p[mine], cost=float(plan.cost[mine].sum())
    )
