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
    priced = [at for at in range(len(plan.bundles)) if any(each.effects for each in plan.actions_of(at))]
    lines = [line for at in priced for line in _lines_of_bundle(plan, at)]
    columns = {name: [line[at] for line in lines] for at, name in enumerate(COLUMNS)}
    return new_frame({name: np.array(columns[name], dtype=kind) for name, kind in COLUMNS.items()}, like=plan.like)


def _lines_of_bundle(plan: PlanData[Any], at: int) -> Iterator[tuple[Any, ...]]:
    """One line per end of the effects; decisions and other actions stay as planned."""
    effects, treated = [each for own in plan.actions_of(at) for each in own.effects], plan.ledger.bundle == at
    customers, cost = int(treated.sum()), total(plan.cost[treated])
    plan_net, hours = total(plan.net), plan.budget.price_of_hours * total(plan.hours[treated])
    at_mean = _total_at(plan, at, "mean")
    pays_from = of_planned(plan, at) if treated.any() else of_best(plan, at)
    acts_on = " and ".join(each.on for each in effects)
    evidence = "; ".join(dict.fromkeys(each.evidence for each in effects))
    for end in ("low", "mean", "high"):
        size = getattr(effects[0], end) if len(effects) == 1 else np.nan
        value = _total_at(plan, at, end)
        money = (value, cost, value - cost - hours, plan_net + value - at_mean, value - at_mean)
        yield plan.bundles[at].name, acts_on, end, size, customers, *money, pays_from, evidence


def _total_at(plan: PlanData[Any], at: int, end: str) -> float:
    values = plan.gain_at(at, end)[plan.ledger.bundle == at]
    return np.nan if np.isnan(values).any() else total(values)
