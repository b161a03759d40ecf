"""Sensitivity of the plan's net gain to each effect, and the break-even size of each effect."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.plan.break_even import of_best, of_planned
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
    """Each action with its effects at low, mean and high: see `Plan.sensitivity`."""
    lines = [line for at, action in enumerate(plan.actions) if action.effects for line in _lines_of_action(plan, at)]
    columns = {name: [line[at] for line in lines] for at, name in enumerate(COLUMNS)}
    return new_frame({name: np.array(columns[name], dtype=kind) for name, kind in COLUMNS.items()}, like=plan.like)


def _lines_of_action(plan: PlanData[Any], at: int) -> Iterator[tuple[Any, ...]]:
    """One line per end of the effects; decisions and other actions stay as planned."""
    action, treated = plan.actions[at], plan.ledger.action == at
    customers, cost = int(treated.sum()), total(plan.cost[treated])
    plan_net = total(plan.ledger.incremental_value - plan.cost)
    at_mean = _total_at(plan, at, "mean")
    pays_from = of_planned(plan, at) if treated.any() else of_best(plan, at)
    acts_on = " and ".join(each.on for each in action.effects)
    evidence = "; ".join(dict.fromkeys(each.evidence for each in action.effects))
    for end in ("low", "mean", "high"):
        size = getattr(action.effects[0], end) if len(action.effects) == 1 else np.nan
        value = _total_at(plan, at, end)
        money = (value, cost, value - cost, plan_net + value - at_mean, value - at_mean)
        yield action.name, acts_on, end, size, customers, *money, pays_from, evidence


def _total_at(plan: PlanData[Any], at: int, end: str) -> float:
    values = plan.gain_at(at, end)[plan.ledger.action == at]
    return np.nan if np.isnan(values).any() else total(values)
