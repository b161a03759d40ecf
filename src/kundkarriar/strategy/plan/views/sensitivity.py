"""Sensitivity of the plan's net gain to each effect, and the break-even size of each effect."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.treatment_effect import break_even
from kundkarriar.strategy.plan.effect_baseline import baseline
from kundkarriar.strategy.plan.plan_data import PlanData
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


def sensitivity(plan: PlanData[FrameT]) -> FrameT:
    """Each action with its effect at low, mean and high: see `Plan.sensitivity`."""
    lines = [
        line
        for at, action in enumerate(plan.actions)
        if action.effect is not None
        for line in _lines_of_action(plan, at, action.effect)
    ]
    return new_frame(
        {name: np.array([line[name] for line in lines], dtype=kind) for name, kind in COLUMNS.items()}, like=plan.like
    )


def action_break_even(plan: PlanData[Any], action: int) -> float:
    """Break-even size of an action's effect: over its planned customers, or else for its best customer.

    NaN where no effect breaks even, or nobody is eligible.
    """
    effect, decisions = plan.actions[action].effect, plan.decisions
    if effect is None:
        return np.nan
    treated = decisions.action == action
    if treated.any():
        return break_even(
            on=effect.on, base=decisions.base[treated], p=decisions.p[treated], cost=total(plan.cost[treated])
        )
    gains = decisions.gain[:, action]
    if np.isnan(gains).all():
        return np.nan
    best, untreated = [int(np.nanargmax(gains))], baseline(plan.actions[action], plan.customers)
    cost = plan.actions[action].cost_in(plan.budget)
    return break_even(on=effect.on, base=untreated.base[best], p=untreated.p[best], cost=cost)


def _lines_of_action(plan: PlanData[Any], at: int, effect: Effect) -> list[dict[str, Any]]:
    """One line per end of the effect; decisions and other effects stay as planned."""
    treated = plan.decisions.action == at
    cost = total(plan.cost[treated])
    plan_net = total(plan.decisions.incremental_value - plan.cost)
    at_mean = total(plan.gain(at, effect.mean)[treated])
    break_even_size = action_break_even(plan, at)
    lines = []
    for end in ("low", "mean", "high"):
        size = getattr(effect, end)
        value = total(plan.gain(at, size)[treated])
        lines.append(
            {
                "action": plan.actions[at].name,
                "effect_on": effect.on,
                "end": end,
                "effect": size,
                "customers": int(treated.sum()),
                "incremental_value": value,
                "cost": cost,
                "net": value - cost,
                "plan_net": plan_net + value - at_mean,
                "change": value - at_mean,
                "break_even": break_even_size,
                "evidence": effect.evidence,
            }
        )
    return lines
