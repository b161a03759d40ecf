"""Sensitivity of the plan's net gain to each effect, and the break-even size of each effect."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kundkarriar.effects.effect import Effect
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.treatment_effect import break_even
from kundkarriar.strategy.plan.effect_baseline import baseline
from kundkarriar.strategy.plan.plan_data import PlanData

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
    effects = [(at, action.effect) for at, action in enumerate(plan.actions) if action.effect is not None]
    lines = [line for at, effect in effects for line in _lines_of_action(plan, at, effect)]
    columns = {name: [line[at] for line in lines] for at, name in enumerate(COLUMNS)}
    return new_frame({name: np.array(columns[name], dtype=kind) for name, kind in COLUMNS.items()}, like=plan.like)


def _lines_of_action(plan: PlanData[Any], at: int, effect: Effect) -> Iterator[tuple[Any, ...]]:
    """One line per end of the effect; decisions and other effects stay as planned."""
    treated = plan.ledger.action == at
    customers, cost = int(treated.sum()), total(plan.cost[treated])
    plan_net = total(plan.ledger.incremental_value - plan.cost)
    at_mean = total(plan.gain(at, effect.mean)[treated])
    pays_from = _break_even(plan, at, effect)
    for end in ("low", "mean", "high"):
        size = getattr(effect, end)
        value = total(plan.gain(at, size)[treated])
        money = (value, cost, value - cost, plan_net + value - at_mean, value - at_mean)
        yield plan.actions[at].name, effect.on, end, size, customers, *money, pays_from, effect.evidence


def _break_even(plan: PlanData[Any], at: int, effect: Effect) -> float:
    """Break-even size of an action's effect: over its planned customers, or else for its best customer.

    NaN where no effect breaks even, or nobody is eligible.
    """
    ledger, treated = plan.ledger, plan.ledger.action == at
    if treated.any():
        cost = total(plan.cost[treated])
        return break_even(on=effect.on, base=ledger.base[treated], p=ledger.p[treated], cost=cost)
    gains = ledger.gain[:, at]
    if np.isnan(gains).all():
        return np.nan
    cost = plan.actions[at].cost_in(plan.budget)
    return baseline(plan.actions[at], plan.customers).break_even(int(np.nanargmax(gains)), cost=cost)
