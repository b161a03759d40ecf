"""Checks that a plan treats its customers as they would expect: benefits, borders, promises, and no contradictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.strategy.amount_text import amount, quantity
from kundkarriar.strategy.checks.check import Check
from kundkarriar.strategy.plan.benefits import benefits_of, states_benefits
from kundkarriar.strategy.plan.decision_reasons import plan_rules_of
from kundkarriar.strategy.plan.options.bundles import by_bundle
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.previous_treatment import PreviousTreatment
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.vocabulary import SELLING

CLASSES = ("D", "C", "B", "A")
NEIGHBOURS = 50
"""Customers on each side of a border who are held against each other."""
FEWEST = 10
CLIFF = 0.5
"""Difference of the shares treated on both sides of a border from which on customers will notice."""
FORGIVEN = 1e-9
APART = (("harvest", SELLING), ("harvest", "appreciate"), ("reprice", "price"), ("appreciate", SELLING))
"""Objectives or levers that contradict each other on one customer."""


def care_checks(plan: PlanData[Any], previous: PreviousTreatment | None) -> list[Check]:
    """The checks of care; those against the plan before need `previous`."""
    number = plan.customers.numbers.get("rung_number", np.full(len(plan.customers), np.nan))
    grade = np.array([CLASSES.index(each) if each in CLASSES else np.nan for each in plan.customers.word("abc")])
    return [
        _benefits_never_fall(plan, "rung", number),
        _benefits_never_fall(plan, "class", grade),
        _no_cliff(plan, grade),
        _nothing_contradicts(plan),
        *([] if previous is None else [_benefits_stay(plan, previous), _discounts_stay(plan, previous)]),
    ]


def _benefits_never_fall(plan: PlanData[Any], what: str, place: Array) -> Check:
    """Check that what customers get does not fall from place to place, in the mean of all customers on each.

    Customers who are held out count with what they would have got: the holdout is random.
    """
    check = f"benefits never fall as the {what} rises"
    places = np.unique(place[~np.isnan(place)])
    if not states_benefits(plan):
        return Check.impossible(check, why="no action states a benefit")
    if len(places) < 2:
        return Check.impossible(check, why=f"the customers are on fewer than two places by {what}")
    value, cost = (
        benefits_of(plan, name, selected=plan.ledger.selected) for name in ("value_to_customer", "cost_to_firm")
    )
    means = np.array([float(value[place == each].mean()) for each in places])
    highest = np.maximum.accumulate(means)
    falls = np.flatnonzero(np.append(False, means[1:] < highest[:-1] - FORGIVEN))
    broken = np.isin(place, places[falls]) & (value < np.interp(place, places, highest))
    words = plan.customers.word("rung" if what == "rung" else "abc")
    names = [words[int(np.argmax(place == each))] for each in places]
    currency = plan.customers.currency
    shown = ", ".join(f"{name} {amount(mean)}" for name, mean in zip(names, means, strict=True))
    return Check(
        check=check,
        passed=len(falls) == 0,
        informative=bool(value.any()),
        value=float(np.min(means[1:] - highest[:-1])),
        limit=0.0,
        broken=broken,
        message=f"worth of the benefits to a customer, in the mean of all, from the lowest: {shown}"
        f"{' ' + currency if currency else ''}; they cost {amount(float(cost.sum()), currency)} together",
    )


def _no_cliff(plan: PlanData[Any], grade: Array) -> Check:
    """Check that customers of nearly equal value on both sides of a class border are treated alike.

    Without rules what an action adds decides, and not the class, so that the check tells nothing.
    """
    check = "customers on both sides of a class border are treated alike"
    value = plan.customers.numbers.get(plan.customers.value_ahead)
    if value is None:
        return Check.impossible(check, why="no value ahead is known")
    selected, worst, where = plan.ledger.selected >= 0, 0.0, np.zeros(len(value), dtype=bool)
    text, borders = "", 0
    for below in range(len(CLASSES) - 1):
        lower, upper = _beside_border(value, grade == below, grade == below + 1)
        if min(len(lower), len(upper)) < FEWEST:
            continue
        borders += 1
        step = float(selected[upper].mean() - selected[lower].mean())
        if abs(step) > abs(worst):
            worst, where = step, _mask(np.concatenate([lower, upper]), len(value))
            text = (
                f"of the {len(upper)} customers of {CLASSES[below + 1]} nearest to {CLASSES[below]} "
                f"{selected[upper].mean():.0%} are treated, of the {len(lower)} of {CLASSES[below]} nearest to "
                f"{CLASSES[below + 1]} {selected[lower].mean():.0%}"
            )
    if not borders:
        return Check.impossible(check, why=f"no class border has {FEWEST} customers on both sides")
    by_rules = bool(plan_rules_of(plan))
    broken, words = by_rules and abs(worst) > CLIFF, text or "nobody is treated on either side of a border"
    return Check(
        check=check,
        passed=not broken,
        informative=by_rules,
        value=abs(worst),
        limit=CLIFF,
        broken=where if broken else None,
        message=words if by_rules else f"{words}; the plan has no rules, so what is added decides, and not the class",
    )


def _beside_border(value: Array, lower: Mask, upper: Mask) -> tuple[Whole, Whole]:
    """The positions of the customers of two classes that are nearest to their border, and so about equal in value.

    The border lies where as many of the upper class are below it as of the lower class above. Classes of realised value
    overlap in expected value, and the highest of the lower class may be worth far more than the lowest of the upper.
    """
    known = ~np.isnan(value)
    sides = [np.flatnonzero(rows & known) for rows in (lower, upper)]
    if not all(map(len, sides)):
        return sides[0], sides[1]
    ordered = np.sort(value[np.concatenate(sides)])
    border = ordered[len(sides[0]) - 1 : len(sides[0]) + 1].mean()
    nearest = [at[np.argsort(np.abs(value[at] - border), kind="stable")[:NEIGHBOURS]] for at in sides]
    return nearest[0], nearest[1]


def _mask(at: Whole, n: int) -> Mask:
    mask = np.zeros(n, dtype=bool)
    mask[at] = True
    return mask


def _nothing_contradicts(plan: PlanData[Any]) -> Check:
    """Check that no customer gets actions that contradict each other or the objective of the strategy."""
    check = "no action contradicts another, or the strategy of its customer"
    bundle = plan.ledger.selected
    if not (bundle >= 0).any():
        return Check.impossible(check, why="nothing is planned for anybody")
    broken, told = np.zeros(len(bundle), dtype=bool), []
    for position, strategy in enumerate(plan.playbook.strategies):
        own = plan.ledger.strategy == position
        for at in np.unique(bundle[own & (bundle >= 0)]).tolist():
            if not (words := _contradiction(strategy.objective, plan.actions_of(at))):
                continue
            rows = own & (bundle == at)
            broken |= rows
            told.append(
                f"{quantity(int(rows.sum()), 'customer')} of {strategy.name!r} get {plan.bundles[at].name!r}: {words}"
            )
    more = f"; and {len(told) - 3} more" if len(told) > 3 else ""
    advice = "; Strategy(forbids=...) keeps them apart, and plan.against() tells its price"
    return Check(
        check=check,
        passed=not broken.any(),
        value=float(broken.sum()),
        limit=0.0,
        broken=broken,
        message="; ".join(told[:3]) + more + advice if told else "none does",
    )


def _contradiction(objective: str, actions: tuple[Action, ...]) -> str:
    """What contradicts what, in words; "" for nothing."""
    for one, other in APART:
        for at, action in enumerate(actions):
            rest = actions[:at] + actions[at + 1 :]
            if action.is_named_by([other]) and one == objective and not action.is_named_by([objective]):
                return f"the strategy is to {objective.replace('_', ' ')}, and the action is one of {other}"
            if action.is_named_by([other]) and any(each.is_named_by([one]) for each in rest):
                return f"one is to {one}, and the other one of {other}"
    return ""


def _benefits_stay(plan: PlanData[Any], previous: PreviousTreatment) -> Check:
    """Check that nobody gets less than what the plan before gave would give in this period.

    A benefit that is not due again in this period, because it comes once a year, is none that is lost. Of actions that
    this plan does not have counts what they gave, by the length of the periods.
    """
    check = "nobody loses a benefit of the plan before"
    if not previous.benefit.any():
        return Check.impossible(check, why="the plan before gave no benefit")
    now, due = (
        benefits_of(plan, "value_to_customer", selected=each) for each in (plan.ledger.selected, previous.bundle)
    )
    due = np.where(previous.bundle < 0, previous.benefit * plan.budget.months / 12, due)
    broken = now < due * (1 - FORGIVEN)
    had = int((previous.benefit > 0).sum())
    text = f"{quantity(int(broken.sum()), 'customer')} of {had:,} with a benefit in {previous.period} get less now"
    return Check(
        check=check, passed=not broken.any(), value=float(broken.sum()), limit=0.0, broken=broken, message=text
    )


def _discounts_stay(plan: PlanData[Any], previous: PreviousTreatment) -> Check:
    """Check that nobody who got a discount by the plan before, and would get it in this period, gets none now.

    A `kk.Discount` is kept, whether the plan contacts again or not, and paid for by all that the customer buys.
    """
    check = "no discount of the plan before is taken back"
    if not previous.discounted.any():
        return Check.impossible(check, why="the plan before changed no price, or by discounts that are kept")
    changes = np.array([any(each.changes_price for each in plan.actions_of(at)) for at in range(len(plan.bundles))])
    now = np.append(changes, False)[plan.ledger.selected]
    contacts = by_bundle(plan.calendar.times().astype(np.float64), plan.bundles)
    due = (previous.bundle < 0) | (plan.ledger.of_bundle(contacts, selected=previous.bundle) > 0)
    broken = previous.discounted & ~now & due
    had = int(previous.discounted.sum())
    text = f"{quantity(int(broken.sum()), 'customer')} of {had:,} with a discount in {previous.period} get none now"
    return Check(
        check=check, passed=not broken.any(), value=float(broken.sum()), limit=0.0, broken=broken, message=text
    )
