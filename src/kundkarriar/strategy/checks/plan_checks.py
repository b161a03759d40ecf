"""Checks of a plan and of its customer base, as one table.

A check that cannot fail, by definition or because a column is missing, is not informative; its message says why.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.frames import FrameT
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.checks.check import Check, as_frame
from kundkarriar.strategy.checks.portfolio_checks import customer_base_checks
from kundkarriar.strategy.plan.plan_data import PlanData


def plan_checks(plan: PlanData[FrameT]) -> FrameT:
    """Checks of the customer base and of the plan: see `Plan.checks`."""
    return as_frame([*customer_base_checks(plan.customers), *_of_plan(plan)], like=plan.like)


def _of_plan(plan: PlanData[Any]) -> list[Check]:
    return [
        _spend_within_value(plan, end="mean"),
        _spend_within_value(plan, end="low"),
        _benefits_never_fall(plan),
        _strategies_differ(plan),
        _actions_reach_somebody(plan),
    ]


def _spend_within_value(plan: PlanData[Any], *, end: str) -> Check:
    """Check that each customer's planned cost is at most the incremental value, with effects at `end`."""
    low = end == "low"
    check = "planned spend per customer is at most its incremental value" + (
        ", even if every effect is at its weak end" if low else ""
    )
    treated = plan.ledger.treated
    if not treated.any():
        return Check.impossible(check, why="not checked: nothing is spent on anybody")
    value = plan.ledger.incremental_value
    if low:
        value = np.minimum(plan.incremental_value_at("low"), plan.incremental_value_at("high"))
    over = treated & (plan.cost > value)
    return Check(
        check=check,
        passed=not over.any(),
        informative=low,
        severity="warning" if low else "error",
        value=float(over.sum()),
        limit=0.0,
        customers=plan.customers.ids_where(over),
        message=(
            f"{int(over.sum()):,} of {int(treated.sum()):,} treated customers would cost more than they add"
            if low or over.any()
            else "true by construction: the plan spends only where an action adds more than it costs"
        ),
    )


def _benefits_never_fall(plan: PlanData[Any]) -> Check:
    """Check that the mean benefit level of treated customers does not fall as the rung rises."""
    check = "benefits never fall as the rung rises"
    levels = np.array([np.nan if each.benefit is None else each.benefit for each in plan.actions])
    level = np.full(len(plan.customers), np.nan)
    treated = plan.ledger.treated
    level[treated] = levels[plan.ledger.action[treated]]
    number, known = plan.customers.numbers.get("rung_number"), ~np.isnan(level)
    if number is None:
        return Check.impossible(check, why="not checked: there is no column `rung_number`")
    rungs = np.unique(number[known & ~np.isnan(number)])
    if len(rungs) < 2:
        return Check.impossible(
            check, why="not checked: planned actions that state a benefit reach fewer than two rungs"
        )
    means = [float(level[known & (number == rung)].mean()) for rung in rungs]
    highest = np.maximum.accumulate(means)
    causes = np.zeros(len(level), dtype=bool)
    for rung, before in zip(rungs[1:], highest[:-1], strict=True):
        if means[int(np.searchsorted(rungs, rung))] < before:
            causes |= known & (number == rung) & (level < before)
    words = plan.customers.word("rung")
    names = [str(words[int(np.flatnonzero(number == rung)[0])]) for rung in rungs]
    means_text = ", ".join(f"{name} {mean:g}" for name, mean in zip(names, means, strict=True))
    fall = float(np.min(np.diff(means)))
    return Check(
        check=check,
        passed=fall >= 0,
        informative=len(set(levels[~np.isnan(levels)])) > 1,
        severity="warning",
        value=fall,
        limit=0.0,
        customers=plan.customers.ids_where(causes),
        message=f"mean benefit of the treated, from the lowest rung: {means_text}"
        + ("" if len(set(levels[~np.isnan(levels)])) > 1 else "; every action states the same benefit"),
    )


def _strategies_differ(plan: PlanData[Any]) -> Check:
    """Check that the customers have at least two different strategies."""
    check = "not everyone gets the same strategy"
    used = np.unique(plan.ledger.strategy)
    if len(plan.customers) < 2:
        return Check.impossible(check, why="not checked: there is only one customer")
    names = [plan.playbook.strategies[at].name for at in used]
    passed = len(used) > 1
    return Check(
        check=check,
        passed=passed,
        informative=len(plan.playbook.strategies) > 1,
        severity="warning",
        value=float(len(used)),
        limit=2.0,
        customers=() if passed else plan.customers.ids,
        message=(
            f"{len(used)} strategies in use"
            if passed
            else f"all {quantity(len(plan.customers), 'customer')} get {names[0]!r}"
            + ("" if len(plan.playbook.strategies) > 1 else ": the playbook has no other strategy")
        ),
    )


def _actions_reach_somebody(plan: PlanData[Any]) -> Check:
    """Check that each action with an effect has an eligible customer with a known value."""
    check = "every action with an effect could serve somebody"
    priced = [at for at, action in enumerate(plan.actions) if action.effect is not None]
    if not priced:
        return Check.impossible(check, why="not checked: no action states an effect")
    idle = [plan.actions[at].name for at in priced if np.isnan(plan.ledger.gain[:, at]).all()]
    return Check(
        check=check,
        passed=not idle,
        informative=True,
        severity="warning",
        value=float(len(idle)),
        limit=0.0,
        message=(
            f"no customer has the strategy and the rung, with a known value, for: {', '.join(idle)}"
            if idle
            else f"all {len(priced)} have customers that they could serve"
        ),
    )
