"""Sensitivity of the plan's net gain to each effect: what changes, whose choice flips, and what would be best."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.strategy.increments.effect_sizes import STRONG_WHEN_LOW
from kundkarriar.strategy.plan.allocation.ways import NOTHING, PLAN, Way, singles
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.prices.break_even import of_best, of_planned
from kundkarriar.strategy.plan.prices.priced_net import priced_net

MARGINAL = 1e-9
"""Share of what an action adds within which another choice is as good: shadow prices have about nine digits."""
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
    "flips": np.float64,
    "best_way": object,
    "break_even": np.float64,
    "evidence": np.str_,
}


class Decided(NamedTuple):
    """A way to treat the customers, as decided by the stated effects.

    Attributes:
        way: the way in words.
        selected: position of each customer's bundle, (n,).
        net: net gain of all of them.
    """

    way: str
    selected: Whole
    net: float


def sensitivity(plan: PlanData[FrameT]) -> FrameT:
    """Each action with its effects at low, mean and high: see `Plan.sensitivity`."""
    priced = [at for at in range(len(plan.bundles)) if any(each.effects for each in plan.actions_of(at))]
    decided = _decided(plan) if priced else []
    margins = _margins(priced_net(plan)) if priced else np.zeros((len(plan.customers), 0))
    lines = [line for at in priced for line in _lines_of_bundle(plan, at, decided=decided, margin=margins[:, at])]
    columns: dict[str, Any] = {name: [line[at] for line in lines] for at, name in enumerate(COLUMNS)}
    return new_frame(
        {
            name: text_column(columns[name], like=plan.like) if kind is object else np.array(columns[name], dtype=kind)
            for name, kind in COLUMNS.items()
        },
        like=plan.like,
    )


def _lines_of_bundle(
    plan: PlanData[Any], at: int, *, decided: Sequence[Decided], margin: Array
) -> Iterator[tuple[Any, ...]]:
    """One line per end of the effects; decisions and other actions stay as planned."""
    effects, treated = [each for own in plan.actions_of(at) for each in own.effects], plan.ledger.bundle == at
    customers, cost = int(treated.sum()), total(plan.cost[treated])
    plan_net, hours = total(plan.net), plan.budget.price_of_hours * total(plan.hours[treated])
    at_mean = _total_at(plan, at, "mean")
    pays_from = of_planned(plan, at) if treated.any() else of_best(plan, at)
    acts_on = " and ".join(dict.fromkeys(each.on for each in effects))
    evidence = "; ".join(dict.fromkeys(each.evidence for each in effects))
    for end in ("low", "mean", "high"):
        size = getattr(effects[0], end) if len(effects) == 1 else np.nan
        value = _total_at(plan, at, end)
        money = (value, cost, value - cost - hours, plan_net + value - at_mean, value - at_mean)
        added = _added(plan, at, end)
        flips, best = np.nan, None
        if added is not None:
            flips, best = _flips(plan, at, added, margin=margin), _best_way(at, added, decided)
        yield plan.bundles[at].name, acts_on, end, size, customers, *money, flips, best, pays_from, evidence


def _total_at(plan: PlanData[Any], at: int, end: str) -> float:
    values = plan.gain_at(at, end)[plan.ledger.bundle == at]
    return np.nan if np.isnan(values).any() else total(values)


def _added(plan: PlanData[Any], at: int, end: str) -> Array | None:
    """How much more than by the stated effects a bundle adds at an end, (n,); None where that is not known."""
    stated, ledger = plan.ledger.gain[:, at], plan.ledger
    if end == "mean":
        return np.where(np.isnan(stated), np.nan, 0.0)
    if ledger.low is None or ledger.high is None:
        return None
    effects = [each for own in plan.actions_of(at) for each in own.effects]
    rises = np.full(len(stated), len(effects) > 1 or effects[0].on not in STRONG_WHEN_LOW)
    if len(effects) == 1:  # the sign of what the stated size adds tells which end is the weak one here
        size = effects[0].mean - (1.0 if effects[0].multiplies else 0.0)
        gross = stated + plan.later_cost[:, at]
        rises = np.where((gross == 0) | (size == 0), rises, (gross > 0) == (size > 0))
    ends = np.where(rises == (end == "low"), ledger.low[:, at], ledger.high[:, at])
    return None if np.isnan(ends[~np.isnan(stated)]).any() else ends - stated


def _margins(priced: Array) -> Array:
    """How much more each bundle brings than the best other one, or none, at the plan's prices, (n, B)."""
    value = np.where(np.isnan(priced), -np.inf, priced)
    best = value.argmax(axis=1)[:, None]
    first = np.take_along_axis(value, best, axis=1)
    np.put_along_axis(value, best, -np.inf, axis=1)
    others = np.repeat(np.maximum(first, 0.0), value.shape[1], axis=1)
    np.put_along_axis(others, best, np.maximum(value.max(axis=1, keepdims=True), 0.0), axis=1)
    margins: Array = priced - others
    return margins


def _decided(plan: PlanData[Any]) -> list[Decided]:
    """The plan with nobody held out, each single action for all who may have it, and nothing."""
    net = plan.bundle_net
    own = [Way(PLAN, "the plan", plan.ledger.selected), *singles(plan)]
    own.append(Way(NOTHING, "do nothing", np.full(len(plan.customers), -1)))
    return [Decided(each.way, each.selected, total(plan.ledger.of_bundle(net, selected=each.selected))) for each in own]


def _flips(plan: PlanData[Any], at: int, added: Array, *, margin: Array) -> float:
    """For how many customers a bundle that adds more would be the best choice and is not, or the other way round.

    Where it is as good as another choice, as for customers at the margin, the plan's own decision counts as the best.
    """
    mine, tie = plan.ledger.selected == at, MARGINAL * np.maximum(np.abs(plan.ledger.gain[:, at]), 1.0)
    before, after = (np.where(np.abs(each) <= tie, mine, each > 0) for each in (margin, margin + added))
    return float((before != after).sum())


def _best_way(at: int, added: Array, decided: Sequence[Decided]) -> str:
    """The way that nets most where a bundle adds more."""
    nets = [each.net + total(added[each.selected == at]) for each in decided]
    return decided[int(np.argmax(nets))].way
