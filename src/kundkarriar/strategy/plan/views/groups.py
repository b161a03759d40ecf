"""The plan by strategy, rung and class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import by_group
from kundkarriar.numerics.planning.treatment_effect import odds_ratio_to_relative_risk
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.playbook import of_strategies


def plan_groups(plan: PlanData[FrameT]) -> FrameT:
    """One row per strategy, rung and class that occurs, in the playbook's order: see `Plan.groups`."""
    ledger, strategies = plan.ledger, plan.playbook.strategies
    group, (strategy, rung, abc) = _groups(plan)
    size = len(strategy)

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
            "rung": text_column(rung, like=plan.like),
            "abc": text_column(abc, like=plan.like),
            "customers": np.bincount(group, minlength=size),
            "treated": total(ledger.treated).astype(np.int64),
            "held_out": total(ledger.held_out).astype(np.int64),
            "cost": cost,
            "hours": total(plan.hours),
            "incremental_value": value,
            "net": value - cost,
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
    for at, action in enumerate(plan.actions):
        if action.effect is not None and action.effect.on == "promotion":
            treated = plan.ledger.action == at
            p = plan.ledger.p[treated]
            extra[treated] = p * (odds_ratio_to_relative_risk(m=action.effect.mean, p=p) - 1.0)
    return extra


def _groups(plan: PlanData[FrameT]) -> tuple[Whole, tuple[Whole, list[str], list[str]]]:
    """Each customer's group (n,), and the strategy, rung and class of each group."""
    rungs, rung = _codes(plan.customers.word("rung"), order=plan.customers.numbers.get("rung_number"))
    classes, abc = _codes(plan.customers.word("abc"), order=None)
    code = (plan.ledger.strategy * len(rungs) + rung) * len(classes) + abc
    codes, group = np.unique(code, return_inverse=True)
    strategy, rest = np.divmod(codes, len(rungs) * len(classes))
    at_rung, at_class = np.divmod(rest, len(classes))
    return group, (strategy, [rungs[at] for at in at_rung], [classes[at] for at in at_class])


def _codes(words: NDArray[np.object_], *, order: Array | None) -> tuple[list[str], Whole]:
    """The words that occur, by `order` (rungs from the lowest) or alphabet, and each row's position there."""
    names, first, code = np.unique(
        np.array(["" if word is None else word for word in words], dtype=np.str_),
        return_index=True,
        return_inverse=True,
    )
    ranks = np.argsort(order[first], kind="stable") if order is not None else np.arange(len(names))
    place = np.argsort(ranks)
    shown = [str(names[at]) or None for at in ranks]
    return shown, place[code]  # type: ignore[return-value]
