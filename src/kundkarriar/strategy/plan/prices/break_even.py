"""The size of an action's effect at which what it adds equals its cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.gain_curve import break_even_strength
from kundkarriar.numerics.planning.treatment_effect import break_even
from kundkarriar.strategy.increments.action_increments import costs_spend
from kundkarriar.strategy.increments.effect_sizes import POWERS, SIZES, size_at, sizes_of, strengths
from kundkarriar.strategy.increments.responses import powers_of
from kundkarriar.strategy.plan.options.effect_baseline import Baseline, baseline
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.action import Action


def of_planned(plan: PlanData[Any], at: int) -> float:
    """Break-even effect of the bundle at position `at` over the customers it is planned for.

    Of several effects, of one action or of several, it is the common power of their factors: 1 is as stated. Between
    the sizes that were counted it is interpolated: of several actions on a straight line from none to what is stated,
    and not beyond. NaN where no effect is enough, where increments of other sizes were not given, and where it costs a
    share of spend, which is known for the stated effects only.
    """
    if costs_spend(plan.bundles[at], plan.actions):
        return np.nan
    treated = plan.ledger.bundle == at
    cost = total(plan.cost[treated]) + plan.budget.price_of_hours * total(plan.hours[treated])
    if plan.is_curved(at) and plan.ledger.by_size is not None:
        return _on_curve(plan.actions_of(at), [total(values) for values in plan.ledger.by_size[treated].T], cost=cost)
    on = plan.actions_of(at)[0].effects[0].on
    return break_even(on=on, base=plan.ledger.base[treated], p=plan.ledger.p[treated], cost=cost)


def of_best(plan: PlanData[Any], at: int) -> float:
    """Break-even effect of an action for the customer to whom it would add most, as `of_planned`; NaN for nobody."""
    gains = plan.ledger.gain[:, at]
    if np.isnan(gains).all() or costs_spend(plan.bundles[at], plan.actions):
        return np.nan
    customer = int(np.nanargmax(gains))
    cost = _cost(plan, at, customer)
    if plan.is_curved(at) and plan.ledger.best is not None:
        return _on_curve(plan.actions_of(at), plan.ledger.best[at], cost=cost)
    return _untreated(plan, at).break_even(customer, cost=cost)


def of_first(plan: PlanData[Any], at: int) -> float | None:
    """Break-even effect of an action for the plan's first customer, whether planned or not; None where not known."""
    if plan.is_curved(at) or costs_spend(plan.bundles[at], plan.actions):
        return None
    return _untreated(plan, at).break_even(0, cost=_cost(plan, at, 0))


def _cost(plan: PlanData[Any], at: int, customer: int) -> float:
    """What the bundle at position `at` costs of a customer: money and the price of its hours."""
    row = 0 if len(plan.bundle_cost) == 1 else customer
    hours = plan.bundle_hours[0 if len(plan.bundle_hours) == 1 else customer, at]
    return float(plan.bundle_cost[row, at] + plan.budget.price_of_hours * hours)


def _untreated(plan: PlanData[Any], at: int) -> Baseline:
    action = plan.actions_of(at)[0]
    if plan.by_increments(at):
        return Baseline.of_increments(action.effects[0], plan.ledger.gain[:, at])
    return baseline(action, plan.customers).responding(powers_of(plan.customers.word("group"), plan.responses))


def _on_curve(actions: Sequence[Action], gains: Any, *, cost: float) -> float:
    """Break-even effect from gains at `SIZES`, (5,)."""
    several, action = len(actions) > 1, actions[0]
    powers = np.array([POWERS.get(size, np.nan) for size in SIZES])
    strength, gain = powers if several else strengths(action), np.asarray(gains, dtype=np.float64)
    needed = ["mean"] if several else [size for size in sizes_of(action) if size in POWERS]
    known = ~np.isnan(gain) & ~np.isnan(strength)
    if not known[[SIZES.index(size) for size in needed]].all():
        return np.nan
    found = break_even_strength(strength[known], gain[known], cost=cost)
    return found if several or np.isnan(found) else size_at(action, found)
