"""The plan by groups of customers: strategy, rung and class, or what else is asked."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kundkarriar.arguments import Text, read_names
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import by_group
from kundkarriar.numerics.money.exact_sums import total as sum_of
from kundkarriar.numerics.planning.treatment_effect import odds_ratio_to_relative_risk
from kundkarriar.strategy.plan.benefits import benefits_of, states_benefits
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.additions import ADDED
from kundkarriar.strategy.specs.playbook import of_strategies

BY = ("strategy", "objective", "owner", "action", "lever", "channel", "rung", "abc", "group")
"""What a plan can be grouped by. Objective and owner are those of the customer's strategy; action, lever and channel
those of what the customer was selected for."""
USUAL = ("strategy", "rung", "abc")


class Words(NamedTuple):
    """What each customer has: positions in `words`, (n,), in the order of the rows of the table; None is missing."""

    at: Whole
    words: Sequence[str | None]


def plan_groups(plan: PlanData[FrameT], *, by: Iterable[str] = USUAL) -> FrameT:
    """One row for each group that occurs: see `Plan.groups`."""
    names = read_names(by, "by", law=Text(among=BY), empty=False)
    ledger, strategies, like = plan.ledger, plan.playbook.strategies, plan.like
    given = {name: _words_of(plan, name) for name in names}
    groups, group = np.unique(np.stack([each.at for each in given.values()]), axis=1, return_inverse=True)
    group, size = np.asarray(group).reshape(-1), groups.shape[1]

    def total(values: Array | Mask) -> Array:
        return by_group(values.astype(np.float64), group, size=size)

    promotions = _promotions(plan)
    cost, hours, promoted = total(plan.cost), total(plan.hours), total(promotions)
    spent_on_steps, all_hours = total(np.where(promotions > 0, plan.cost, 0.0)), sum_of(plan.hours)
    keys = {
        name: text_column(each.words, at, like=like) for (name, each), at in zip(given.items(), groups, strict=True)
    }
    more: dict[str, Any] = {}
    if "strategy" in given:
        strategy = groups[names.index("strategy")]
        named = of_strategies(strategies, strategy, like=like)
        keys = {"strategy": keys.pop("strategy"), "objective": named["objective"]} | keys
        more = {
            **{
                name: text_column([getattr(each, name) for each in strategies], strategy, like=like)
                for name in ("goal", "metric")
            },
            "reason": named["reason"],
        }
    return new_frame(
        {
            **keys,
            "customers": np.bincount(group, minlength=size),
            "treated": total(ledger.treated).astype(np.int64),
            "held_out": total(ledger.held_out).astype(np.int64),
            "cost": cost,
            "hours": hours,
            "share_of_hours": hours / all_hours if all_hours else np.full(size, np.nan),
            "incremental_value": total(ledger.incremental_value),
            "net": total(plan.net),
            **{
                f"benefit_{side}": total(benefits_of(plan, name))
                for side, name in (("value", "value_to_customer"), ("cost", "cost_to_firm"))
                if states_benefits(plan)
            },
            **{f"added_{name}": total(plan.added(name)) for name in ADDED if plan.additions},
            "promoted": promoted,
            "cost_per_promoted": np.divide(spent_on_steps, promoted, out=np.full(size, np.nan), where=promoted > 0),
            **more,
        },
        like=like,
    )


def _promotions(plan: PlanData[FrameT]) -> Array:
    """Expected number of additional promotions by each customer's action, p' - p, (n,); 0 for other effects."""
    extra = np.zeros(len(plan.customers))
    for at in range(len(plan.bundles)):
        for effect in [each for own in plan.actions_of(at) for each in own.effects if each.on == "promotion"]:
            treated = plan.ledger.bundle == at
            p = plan.ledger.p[treated]
            extra[treated] = p * (odds_ratio_to_relative_risk(m=effect.mean, p=p) - 1.0)
    return extra


def _words_of(plan: PlanData[Any], name: str) -> Words:
    """What the plan is grouped by: strategies and actions in their order, rungs from the lowest, others by letter."""
    strategies, selected = plan.playbook.strategies, plan.ledger.selected
    if name == "strategy":
        return Words(plan.ledger.strategy, [each.name for each in strategies])
    if name in ("objective", "owner"):
        return _in_order([getattr(each, name) or None for each in strategies], plan.ledger.strategy)
    if name in ("action", "lever", "channel"):
        own = [plan.actions_of(at) for at in range(len(plan.bundles))]
        words = [_joined([getattr(each, "name" if name == "action" else name) for each in actions]) for actions in own]
        return _in_order([*words, None], np.where(selected < 0, len(words), selected))
    at, known = pd.factorize(np.where(word := plan.customers.word(name), word, ""))
    first = np.zeros(len(known))
    if name == "rung" and "rung_number" in plan.customers.numbers:
        first = np.full(len(known), np.inf)
        np.fmin.at(first, at, plan.customers.numbers["rung_number"])  # one place for each rung
    order = np.lexsort((known.astype(str), first))
    return Words(np.argsort(order)[at], [known[each] or None for each in order])


def _joined(words: Iterable[str | None]) -> str | None:
    """Several words, each once, as those of a bundle; None where there are none."""
    return " + ".join(dict.fromkeys(filter(None, words))) or None


def _in_order(words: Sequence[str | None], at: Whole) -> Words:
    """Words that may stand more than once, each once, in the order given; missing ones last."""
    known = sorted(dict.fromkeys(words), key=lambda word: word is None)
    return Words(np.array([known.index(each) for each in words], dtype=np.int64)[at], known)
