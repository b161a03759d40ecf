"""How the plan's net gain moves with each effect, and which effect would just pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.treatment_effect import break_even
from kundkarriar.strategy.plan.treatment_effects import stake

if TYPE_CHECKING:
    from kundkarriar.strategy.plan.plan import Plan
    from kundkarriar.strategy.specs.effect import Effect

COLUMNS = {
    "action": np.str_,
    "effect_on": np.str_,
    "end": np.str_,
    "effect": np.float64,
    "customers": np.int64,
    "incremental_value": np.float64,
    "cost": np.float64,
    "net": np.float64,
    "plan_net": np.float64,
    "change": np.float64,
    "break_even": np.float64,
    "evidence": np.str_,
}


def sensitivity(plan: Plan[FrameT]) -> FrameT:
    """Each action with its effect at low, mean and high: see `Plan.sensitivity`."""
    lines = [
        line
        for at, action in enumerate(plan.actions)
        if action.effect is not None
        for line in _lines(plan, at, action.effect)
    ]
    return new_frame(
        {name: np.array([line[name] for line in lines], dtype=kind) for name, kind in COLUMNS.items()},
        like=plan.like,
    )


def action_break_even(plan: Plan[Any], action: int) -> float:
    """The effect at which an action just pays: for all it is planned for, or else for its best customer.

    NaN where no effect would pay, or nobody could get the action.
    """
    effect, ledger = plan.actions[action].effect, plan.ledger
    if effect is None:
        return np.nan
    mine = ledger.action == action
    if mine.any():
        return break_even(on=effect.on, base=ledger.base[mine], p=ledger.p[mine], cost=total(plan.cost[mine]))
    gains = ledger.gain[:, action]
    if np.isnan(gains).all():
        return np.nan
    best, on = [int(np.nanargmax(gains))], stake(plan.actions[action], plan.customers)
    return break_even(on=effect.on, base=on.base[best], p=on.p[best], cost=plan.actions[action].cost_in(plan.budget))


def _lines(plan: Plan[Any], at: int, effect: Effect) -> list[dict[str, Any]]:
    """One line per end of the effect, all else as planned."""
    mine = plan.ledger.action == at
    spent = total(plan.cost[mine])
    plan_net = total(plan.ledger.incremental_value - plan.cost)
    usual = total(plan.gain(at, effect.mean)[mine])
    pays_from = action_break_even(plan, at)
    lines = []
    for end in ("low", "mean", "high"):
        size = getattr(effect, end)
        value = total(plan.gain(at, size)[mine])
        lines.append(
            {
                "action": plan.actions[at].name,
                "effect_on": effect.on,
                "end": end,
                "effect": size,
                "customers": int(mine.sum()),
                "incremental_value": value,
                "cost": spent,
                "net": value - spent,
                "plan_net": plan_net + value - usual,
                "change": value - usual,
                "break_even": pays_from,
                "evidence": effect.evidence,
            }
        )
    return lines
