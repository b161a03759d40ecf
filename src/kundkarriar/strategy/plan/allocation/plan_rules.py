"""The rules of a plan that forbid what the customers' own conditions allow, each of which has a price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.rules.condition import Condition
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.plan.options.bundles import Bundle, by_bundle
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.strategy import Strategy

EXCLUDE, CONTACTS = "exclude", "contacts"
"""The kinds of the rules for all customers."""
NOTHING: Mapping[str, Mask] = MappingProxyType({})


@frozen(kw_only=True)
class PlanRule:
    """A rule about which actions customers may get.

    Attributes:
        text: the rule, as in the tables.
        strategy: position of the strategy whose customers it is about; None: everybody.
        kind: "only" (the actions that the strategy names), "forbids", "prefers", "objective" (an action serves the
            strategies that it matches), "exclude" (customers who get nothing), or "contacts" (their largest number).
        words: the actions, objectives or levers that it names.
    """

    text: str
    kind: str
    strategy: int | None = None
    words: tuple[str, ...] = ()


def plan_rules(
    strategies: Sequence[Strategy],
    *,
    match_objectives: bool,
    exclude: Condition | None = None,
    most_contacts: int | None = None,
) -> tuple[PlanRule, ...]:
    """The rules of a playbook, in the order of its strategies, and those for all customers."""
    rules = []
    for at, each in enumerate(strategies):
        named = tuple(action.name for action in each.actions)
        for kind, words in (("only", named), ("forbids", each.forbids), ("prefers", each.prefers)):
            if words:
                text = f"{each.name}: {'nothing but' if kind == 'only' else kind} {', '.join(words)}"
                rules.append(PlanRule(text=text, kind=kind, strategy=at, words=words))
    if match_objectives:
        rules.append(PlanRule(text="an action serves the strategies with its objective", kind="objective"))
    if exclude is not None:
        rules.append(PlanRule(text=f"nothing where {exclude}", kind=EXCLUDE))
    if most_contacts is not None:
        rules.append(PlanRule(text=f"at most {quantity(most_contacts, 'contact')} with a customer", kind=CONTACTS))
    return tuple(rules)


def forbidden(
    bundles: Sequence[Bundle],
    *,
    times: Whole,
    excluded: Mask | None,
    most_contacts: int | None,
    contacts_made: Whole | None,
) -> dict[str, Mask]:
    """What the rules for all customers forbid, by their kind, (n, B), (n, 1) or (1, B).

    A bundle whose contacts do not all fit into what is left of the cap is forbidden as a whole: its effect is that of
    all of them.

    Args:
        bundles: the bundles of the actions.
        times: number of contacts of each action, (n, A) or (1, A).
        excluded: whether a customer is to get nothing, (n,); None: nobody is.
        most_contacts: the cap; None: there is none.
        contacts_made: contacts in the period before the plan's start, (n,); None: none are known.
    """
    found: dict[str, Mask] = {}
    if excluded is not None:
        found[EXCLUDE] = excluded[:, None]
    if most_contacts is not None:
        left = np.array([most_contacts]) if contacts_made is None else most_contacts - contacts_made
        found[CONTACTS] = by_bundle(times.astype(np.float64), bundles) > left[:, None]
    return found


def allowed(
    rules: Sequence[PlanRule],
    *,
    strategy: Whole,
    strategies: Sequence[Strategy],
    actions: Sequence[Action],
    bundles: Sequence[Bundle],
    net: Array,
    forbids: Mapping[str, Mask] = NOTHING,
) -> Mask:
    """Whether the rules allow each bundle to each customer, (n, B).

    Args:
        rules: those that hold.
        strategy: position of each customer's strategy, (n,).
        strategies: those of the playbook.
        actions: those of the plan.
        bundles: the bundles of the actions.
        net: gain less cost, (n, B), NaN where not possible: a preferred action comes first where it pays.
        forbids: what the rules for all customers forbid, from `forbidden`.
    """
    permitted = np.ones((len(strategies), len(bundles)), dtype=bool)
    for rule in (each for each in rules if each.kind not in {"prefers", EXCLUDE, CONTACTS}):
        for at in range(len(strategies)) if rule.strategy is None else [rule.strategy]:
            permits = [_permits(rule, strategies[at], [actions[each] for each in own.actions]) for own in bundles]
            permitted[at] &= np.array(permits, dtype=bool)
    answer: Mask = permitted[strategy]
    for rule in (each for each in rules if each.kind in forbids):
        answer &= ~forbids[rule.kind]
    for rule in (each for each in rules if each.kind == "prefers"):
        comes_first = [all(actions[at].is_named_by(rule.words) for at in own.actions) for own in bundles]
        preferred = np.array(comes_first, dtype=bool)
        rows = np.flatnonzero(strategy == rule.strategy)
        pays = ((net[rows] > 0) & answer[rows] & preferred).any(axis=1)
        answer[rows[pays]] &= preferred
    return answer


def _permits(rule: PlanRule, strategy: Strategy, actions: Sequence[Action]) -> bool:
    if rule.kind == "only":
        return all(each in strategy.actions for each in actions)
    if rule.kind == "forbids":
        return not any(each.is_named_by(rule.words) for each in actions)
    return all(strategy.serves(each) for each in actions)
