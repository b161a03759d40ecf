"""The selection of a bundle for each customer under a budget, its limits and the rules of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.errors import DataError
from kundkarriar.numerics.planning.allocation import Constraint, allocate
from kundkarriar.numerics.planning.infeasible_floors import InfeasibleFloorsError
from kundkarriar.strategy.plan.allocation.spend_limits import LimitedSpend
from kundkarriar.strategy.specs.budget import Budget


class Selection(NamedTuple):
    """The bundles that customers are selected for.

    Attributes:
        bundle: position of the bundle, (n,); -1 for none.
        prices: net gain of one more unit of money and of one more hour, (2,). Where a hurdle holds and the money does
            not bind, that of an hour is less the hurdle on the money that it takes.
        limit_prices: what one more unit of each limit brings or costs, (L,), less the hurdle as that of an hour.
        bound: upper bound of the net gain of any selection.
    """

    bundle: Whole
    prices: Array
    limit_prices: Array
    bound: float


def select(
    *,
    gain: Array,
    cost: Array,
    hours: Array,
    allowed: Mask,
    budget: Budget,
    limits: Sequence[LimitedSpend] = (),
    hurdle: bool = True,
    order: Whole,
) -> Selection:
    """Select at most one bundle for each customer, with the largest net gain within the budget.

    The net gain is the incremental value less the cost in money and the price of hours. The hurdle acts as a lowest
    price of money: it comes off what decides, and not off the net.

    Args:
        gain: incremental values, (n, B), NaN where a bundle is not possible.
        cost: money by bundle, (n, B) or (1, B).
        hours: hours by bundle, as `cost`.
        allowed: whether the rules allow it, (n, B).
        budget: money, hours, price of hours and hurdle.
        limits: floors and caps.
        hurdle: whether the budget's hurdle holds.
        order: the rows in the order in which equal customers come, (n,).
    """
    lowest = budget.hurdle if hurdle else 0.0
    net = net_gain(gain, cost=cost, hours=hours, budget=budget)
    worth = np.where(allowed, net - lowest * cost, np.nan)
    constraints = [
        Constraint(_in_order(cost, order), most=budget.money_to_plan),
        Constraint(_in_order(hours, order), most=budget.hours_to_plan),
        *(each.constraint._replace(use=_in_order(each.constraint.use, order)) for each in limits),
    ]
    try:
        found = allocate(net=worth[order], constraints=constraints)
    except InfeasibleFloorsError as infeasible:
        raise _floors_not_met(infeasible, limits) from infeasible
    bundle = np.empty_like(found.choice)
    bundle[order] = found.choice
    rows = np.flatnonzero(bundle >= 0)
    below = lowest * float(cost[0 if len(cost) == 1 else rows, bundle[rows]].sum())
    prices = found.prices[:2].copy()
    prices[0] += lowest * (prices[0] > 0)
    return Selection(bundle, prices, np.maximum(found.prices, found.floor_prices)[2:], found.bound + below)


def _floors_not_met(infeasible: InfeasibleFloorsError, limits: Sequence[LimitedSpend]) -> DataError:
    """The error that names the floors, and how far each can be met."""
    reachable = infeasible.reachable[2:].tolist()
    floors = [(each, most) for each, most in zip(limits, reachable, strict=True) if each.kind == "floor"]
    told = "; ".join(f"{each.text}: alone {most:,.6g} can be reached" for each, most in floors)
    return DataError.because(
        f"the floors of the budget cannot all be met. {told}. All at once can be met to {infeasible.share:.0%}.",
        hint="lower the floors to what can be reached, raise the budget, or give actions for those customers.",
    )


def net_gain(gain: Array, *, cost: Array, hours: Array, budget: Budget) -> Array:
    """Incremental value less the cost in money and the price of hours, (n, B)."""
    return gain - cost - budget.price_of_hours * hours


def _in_order(values: Array, order: Whole) -> Array:
    return values if len(values) == 1 else values[order]
