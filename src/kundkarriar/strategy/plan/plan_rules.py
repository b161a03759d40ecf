"""The rules of a plan that forbid what the customers' own conditions allow, each of which has a price."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.strategy.plan.bundles import Bundle
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.strategy import Strategy


@frozen(kw_only=True)
class PlanRule:
    """A rule about which actions customers may get.

    Attributes:
        text: the rule, as in the tables.
        strategy: position of the strategy whose customers it is about; None: everybody.
        kind: "only" (the actions that the strategy names), "forbids", "prefers", or "objective" (an action serves the
            strategies that it matches).
        words: the actions, objectives or levers that it names.
    """

    text: str
    kind: str
    strategy: int | None = None
    words: tuple[str, ...] = ()


def plan_rules(strategies: Sequence[Strategy], *, match_objectives: bool) -> tuple[PlanRule, ...]:
    """The rules of a playbook, in the order of its strategies."""
    rules = []
    for at, each in enumerate(strategies):
        named = tuple(action.name for action in each.actions)
        for kind, words in (("only", named), ("forbids", each.forbids), ("prefers", each.prefers)):
            if words:
                text = f"{each.name}: {'nothing but' if kind == 'only' else kind} {', '.join(words)}"
                rules.append(PlanRule(text=text, kind=kind, strategy=at, words=words))
    matching = [PlanRule(text="an action serves the strategies with its objective", kind="objective")]
    return (*rules, *(matching if match_objectives else []))


def allowed(
    rules: Sequence[PlanRule],
    *,
    strategy: Whole,
    strategies: Sequence[Strategy],
    actions: Sequence[Action],
    bundles: Sequence[Bundle],
    net: Array,
) -> Mask:
    """Whether the rules allow each bundle to each customer, (n, B).

    Args:
        rules: those that hold.
        strategy: position of each customer's strategy, (n,).
        strategies: those of the playbook.
        actions: those of the plan.
        bundles: the bundles of the actions.
        net: gain less cost, (n, B), NaN where not possible: a preferred action comes first where it pays.
    """
    permitted = np.ones((len(strategies), len(bundles)), dtype=bool)
    for rule in (each for each in rules if each.kind != "prefers"):
        for at in range(len(strategies)) if rule.strategy is None else [rule.strategy]:
            permits = [_permits(rule, strategies[at], [actions[each] for each in own.actions]) for own in bundles]
            permitted[at] &= np.array(permits, dtype=bool)
    answer: Mask = permitted[strategy]
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
