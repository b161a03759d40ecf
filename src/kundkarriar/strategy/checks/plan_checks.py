"""Checks of a plan and of its customer base, as one table.

A check that cannot fail, by definition or because a column is missing, is not informative; its message says why.
"""

from typing import Any

import numpy as np

from kundkarriar.frames import FrameT
from kundkarriar.strategy.amount_text import amount, quantity
from kundkarriar.strategy.checks.care_checks import care_checks
from kundkarriar.strategy.checks.check import Check, as_frame
from kundkarriar.strategy.checks.discount_check import paths_are_known
from kundkarriar.strategy.checks.portfolio_checks import customer_base_checks
from kundkarriar.strategy.checks.strategy_year_checks import strategy_year_checks
from kundkarriar.strategy.plan.allocation.ways import best_single, net_of
from kundkarriar.strategy.plan.plan_data import ROUNDING, PlanData


def plan_checks(plan: PlanData[FrameT]) -> FrameT:
    """Checks of the customer base and of the plan: see `Plan.checks`."""
    checks = [
        *customer_base_checks(plan.customers),
        _models_describe_them(plan),
        _nothing_simpler_nets_more(plan),
        _spend_within_value(plan, low=False),
        _spend_within_value(plan, low=True),
        *care_checks(plan, plan.previous),
        *strategy_year_checks(plan),
        paths_are_known(plan),
        _strategies_differ(plan),
        _actions_reach_somebody(plan),
    ]
    return as_frame(checks, ids=plan.customers.ids, like=plan.like)


def _models_describe_them(plan: PlanData[Any]) -> Check:
    """Check that the scores come without a note that makes them doubtful."""
    notes = plan.customers.notes
    return Check(
        check="nothing makes the scores doubtful",
        passed=not notes,
        informative=bool(notes),
        severity="warning" if notes else "info",
        message=" ".join(notes)
        or "no model_note came with the customers; career.checks() has the checks of the models",
    )


def _nothing_simpler_nets_more(plan: PlanData[Any]) -> Check:
    """Check that the plan, with nobody held out, nets at least what the best single action nets."""
    check = "no single action for all nets more than the plan"
    name, best = best_single(plan)
    if not name:
        return Check.impossible(check, why="no action has both an effect and somebody to serve")
    net = net_of(plan, plan.ledger.selected)
    passed = best <= net + ROUNDING * max(abs(best), 1.0)
    currency = plan.customers.currency
    held = f"the plan nets {amount(net, currency)} with nobody held out, {name} {amount(best, currency)}"
    return Check(
        check=check,
        passed=passed,
        severity="info" if passed else "error",
        value=net,
        limit=best,
        message=held if passed else f"{held}: plan.against() tells which rule takes the difference",
    )


def _spend_within_value(plan: PlanData[Any], *, low: bool) -> Check:
    """Check that each customer's planned cost is at most the incremental value; `low`: with effects at the weak end."""
    check = "planned spend per customer is at most its incremental value" + (
        ", even if every effect is at its weak end" if low else ""
    )
    treated = plan.ledger.treated
    if not treated.any():
        return Check.impossible(check, why="nothing is spent on anybody")
    value = plan.ledger.incremental_value
    if low:
        value = np.minimum(plan.incremental_value_at("low"), plan.incremental_value_at("high"))
        if np.isnan(value[treated]).any():
            return Check.impossible(check, why="increments at the weak end were not given")
    over = treated & (plan.cost > value)
    return Check(
        check=check,
        passed=not over.any(),
        informative=low,
        severity="warning" if low or plan.budget.floors else "error",
        value=float(over.sum()),
        limit=0.0,
        broken=over,
        message=f"{int(over.sum()):,} of {int(treated.sum()):,} treated customers would cost more than they add"
        + ("; floors of the budget are met also where they bring a loss" if plan.budget.floors else "")
        if low or over.any()
        else "true by construction: the plan spends only where an action adds more than it costs",
    )


def _strategies_differ(plan: PlanData[Any]) -> Check:
    """Check that the customers have at least two different strategies."""
    check = "not everyone gets the same strategy"
    n, strategies, used = len(plan.customers), plan.playbook.strategies, np.unique(plan.ledger.strategy)
    if n < 2:
        return Check.impossible(check, why="there is only one customer")
    passed = len(used) > 1
    alone = "" if len(strategies) > 1 else ": the playbook has no other strategy"
    everyone = f"all {quantity(n, 'customer')} get {strategies[used[0]].name!r}{alone}"
    return Check(
        check=check,
        passed=passed,
        informative=len(strategies) > 1,
        value=float(len(used)),
        limit=2.0,
        broken=None if passed else np.ones(n, dtype=bool),
        message=f"{len(used)} strategies in use" if passed else everyone,
    )


def _actions_reach_somebody(plan: PlanData[Any]) -> Check:
    """Check that each action with an effect has an eligible customer with a known value."""
    check = "every action with an effect could serve somebody"
    priced = [at for at, action in enumerate(plan.actions) if action.effects]
    if not priced:
        return Check.impossible(check, why="no action states an effect")
    idle = [plan.actions[at].name for at in priced if np.isnan(plan.ledger.gain[:, at]).all()]
    reached = f"all {len(priced)} have customers that they could serve"
    lacking = f"no customer has the strategy and the rung, with a known value, for: {', '.join(idle)}"
    return Check(check=check, passed=not idle, value=float(len(idle)), limit=0.0, message=lacking if idle else reached)
