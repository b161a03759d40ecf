"""The plan by strategy, rung and class."""

from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import by_group
from kundkarriar.numerics.planning.treatment_effect import odds_ratio_to_relative_risk
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.views.additions import ADDED
from kundkarriar.strategy.specs.playbook import of_strategies


def plan_groups(plan: PlanData[FrameT]) -> FrameT:
    """One row per strategy, rung and class that occurs, in the playbook's order: see `Plan.groups`."""
    ledger, strategies = plan.ledger, plan.playbook.strategies
    group, groups = _groups(plan)
    strategy, size = groups["strategy"].to_numpy(), len(groups)

    def total(values: Array | Mask) -> Array:
        return by_group(values.astype(np.float64), group, size=size)

    promotions = _promotions(plan)
    cost, value, promoted = total(plan.cost), total(ledger.incremental_value), total(promotions)
    spent_on_steps = total(np.where(promotions > 0, plan.cost, 0.0))
    named = of_strategies(strategies, strategy, like=plan.like)
    goals, metrics = ([getattr(each, name) for each in strategies] for name in ("goal", "metric"))
    return new_frame(
        {
            "strategy": named["strategy"],
            "objective": named["objective"],
            "rung": text_column([word or None for word in groups["rung"]], like=plan.like),
            "abc": text_column([word or None for word in groups["abc"]], like=plan.like),
            "customers": np.bincount(group, minlength=size),
            "treated": total(ledger.treated).astype(np.int64),
            "held_out": total(ledger.held_out).astype(np.int64),
            "cost": cost,
            "hours": total(plan.hours),
            "incremental_value": value,
            "net": total(plan.net),
            **{f"added_{name}": total(plan.added(name)) for name in ADDED if plan.additions},
            "promoted": promoted,
            "cost_per_promoted": np.divide(spent_on_steps, promoted, out=np.full(size, np.nan), where=promoted > 0),
            "goal": text_column(goals, strategy, like=plan.like),
            "metric": text_column(metrics, strategy, like=plan.like),
            "reason": named["reason"],
        },
        like=plan.like,
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


def _groups(plan: PlanData[Any]) -> tuple[Whole, pd.DataFrame]:
    """Each customer's group (n,), and strategy, rung and class of each group, in order; rungs from the lowest."""
    words = {name: np.where(word := plan.customers.word(name), word, "") for name in ("rung", "abc")}
    number = plan.customers.numbers.get("rung_number", np.zeros(len(plan.customers)))
    keys = pd.DataFrame({"strategy": plan.ledger.strategy, "number": number, **words})
    keys["number"] = keys.groupby("rung")["number"].transform("first")  # one place for each rung
    group = keys.groupby(list(keys), dropna=False).ngroup()
    groups = keys.assign(group=group).drop_duplicates("group").sort_values("group", ignore_index=True)
    return np.asarray(group, dtype=np.int64), groups
