"""Other ways to use a plan's budget, by the plan's own numbers: what each would net, and what each rule costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.allocation import Constraint
from kundkarriar.strategy.plan.allocation.plan_rules import PlanRule
from kundkarriar.strategy.plan.allocation.selection import select
from kundkarriar.strategy.plan.allocation.spend_limits import LimitedSpend, limited_spend
from kundkarriar.strategy.plan.decide import turns
from kundkarriar.strategy.plan.decision_reasons import allowed_bundles, plan_rules_of
from kundkarriar.strategy.plan.plan_data import PlanData

PLAN, HELD, SINGLE, FREE, NOTHING, PREVIOUS, RULE = (
    "plan",
    "holdout",
    "single action",
    "free choice",
    "nothing",
    "previous plan",
    "without rule",
)


class Way(NamedTuple):
    """A way to treat the customers of a plan, with nobody held out but in the row of the holdout.

    Attributes:
        kind: "plan", "holdout" (the plan with its holdout), "single action" (one bundle for all who may have it, where
            it pays), "free choice" (without rules and limits), "nothing", "previous plan" (the same actions for the
            same customers as in the plan before, as far as they still may have them, whatever that takes), or "without
            rule" (the plan without one of them: how much more it nets is the rule's price; rules that forbid the same
            hide each other's price, so several of one strategy, and all, have a row of their own).
        way: the way in words.
        selected: position of each customer's bundle, (n,); -1 for none.
    """

    kind: str
    way: str
    selected: Whole


def ways(plan: PlanData[Any]) -> Iterator[Way]:
    """The plan, and what it is held against; all within the same money and hours."""
    yield Way(PLAN, "the plan", plan.ledger.selected)
    yield Way(HELD, "the plan, with its holdout", plan.ledger.bundle)
    order = _turns(plan)
    yield from singles(plan, order=order)
    n, bundles = len(plan.customers), len(plan.bundles)
    rules, limits = plan_rules_of(plan), spend_limits(plan)
    everything = np.ones((n, bundles), dtype=bool)
    yield Way(FREE, "free choice among all actions", _selected(plan, everything, order=order))
    yield Way(NOTHING, "do nothing", np.full(n, -1))
    if plan.previous is not None:
        known = plan.ledger.of_bundle(plan.ledger.gain, selected=plan.previous.bundle)
        again = np.where(np.isnan(known), -1, plan.previous.bundle)
        yield Way(PREVIOUS, f"as in {plan.previous.period}", again)
    for rule in rules:
        rest = [each for each in rules if each is not rule]
        may_get = allowed_bundles(plan, rules=rest)
        yield Way(RULE, f"without: {rule.text}", _selected(plan, may_get, order=order, limits=limits, hurdle=True))
    for words, several in _together(plan, rules):
        may_get = allowed_bundles(plan, rules=[each for each in rules if each not in several])
        yield Way(RULE, f"without: {words}", _selected(plan, may_get, order=order, limits=limits, hurdle=True))
    may_get = allowed_bundles(plan, rules=rules)
    for limit in limits:
        others = [each for each in limits if each is not limit]
        yield Way(RULE, f"without: {limit.text}", _selected(plan, may_get, order=order, limits=others, hurdle=True))
    if plan.budget.hurdle > 0:
        text = f"without: at least {plan.budget.hurdle:g} net for each 1 spent"
        yield Way(RULE, text, _selected(plan, may_get, order=order, limits=limits))


def singles(plan: PlanData[Any], *, order: Whole | None = None) -> Iterator[Way]:
    """Each action with a known gain, for all who may have it."""
    turn = _turns(plan) if order is None else order
    may_get = np.ones((len(plan.customers), 1), dtype=bool)
    for at in range(len(plan.actions)):
        if not np.isnan(plan.ledger.gain[:, at]).all():
            selected = _selected(plan, may_get, order=turn, only=at)
            yield Way(SINGLE, f"{plan.bundles[at].name}, for all who may have it", np.where(selected < 0, -1, at))


def _together(plan: PlanData[Any], rules: Sequence[PlanRule]) -> Iterator[tuple[str, Sequence[PlanRule]]]:
    """Rules that may hide each other's price: several of one strategy, and all of several."""
    for at, strategy in enumerate(plan.playbook.strategies):
        own = [each for each in rules if each.strategy == at]
        if 1 < len(own) < len(rules):
            yield f"all rules of {strategy.name}", own
    if len(rules) > 1:
        yield "all rules of the playbook and the planner", rules


def spend_limits(plan: PlanData[Any]) -> list[LimitedSpend]:
    """The floors and caps of the plan's budget."""
    return limited_spend(
        plan.budget,
        start=plan.start,
        customers=plan.customers,
        strategy=plan.ledger.strategy,
        strategies=plan.playbook.strategies,
        actions=plan.actions,
        bundles=plan.bundles,
        cost=plan.action_cost,
        hours=plan.action_hours,
        spend_cost=plan.ledger.spend_cost,
    )


def _turns(plan: PlanData[Any]) -> Whole:
    return turns(plan.customers, seed=plan.seed, budget=plan.budget)


def _selected(
    plan: PlanData[Any],
    may_get: Mask,
    *,
    order: Whole,
    only: int | None = None,
    limits: Sequence[LimitedSpend] = (),
    hurdle: bool = False,
) -> Whole:
    """The best selection among what customers may get, (n,), within money and hours.

    `only` is the position of a bundle, where all that they may get is this one.
    """
    gain, cost, hours = (
        each if only is None else each[:, [only]] for each in (plan.ledger.gain, plan.bundle_cost, plan.bundle_hours)
    )
    capped = list(limits)
    if plan.ledger.freed:  # what was planned for those left out stays unspent in every way
        left = np.subtract((plan.budget.money_to_plan, plan.budget.hours_to_plan), plan.ledger.freed)
        for use, most in zip((cost, hours), np.maximum(left, 0.0).tolist(), strict=True):
            capped.append(LimitedSpend("what was freed stays unspent", "cap", Constraint(use, most=most)))
    found = select(
        gain=gain,
        cost=cost,
        hours=hours,
        allowed=may_get,
        budget=plan.budget,
        limits=capped,
        hurdle=hurdle,
        order=order,
    )
    return found.bundle


def net_of(plan: PlanData[Any], selected: Whole) -> float:
    """Expected net gain of a selection."""
    return total(plan.ledger.of_bundle(plan.bundle_net, selected=selected))


def best_single(plan: PlanData[Any]) -> tuple[str, float]:
    """The best single action for all who may have it, and its net gain; ("", 0) where there is none."""
    found = [(each.way, net_of(plan, each.selected)) for each in singles(plan)]
    return max(found, key=lambda pair: pair[1], default=("", 0.0))
