"""The plan by strategy, rung and class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import by_group
from kundkarriar.numerics.planning.treatment_effect import odds_ratio_to_relative_risk
from kundkarriar.strategy.plan.decision_reasons import HELD_OUT, decision_reasons
from kundkarriar.strategy.plan.plan_data import PlanData


def plan_groups(plan: PlanData[FrameT]) -> FrameT:
    """One row per strategy, rung and class that occurs, in the playbook's order: see `Plan.groups`."""
    decisions, strategies = plan.decisions, plan.playbook.strategies
    reason, _ = decision_reasons(plan)
    group, (strategy, rung, abc) = _groups(plan)
    size = len(strategy)

    def total(values: Array | Mask) -> Array:
        return by_group(values.astype(np.float64), group, size=size)

    cost, value, promoted = total(plan.cost), total(decisions.incremental_value), total(promotions(plan))
    spent_on_steps = total(np.where(promotions(plan) > 0, plan.cost, 0.0))
    of = [strategies[at] for at in strategy]
    return new_frame(
        {
            "strategy": np.array([each.name for each in of], dtype=object),
            "objective": np.array([each.objective for each in of], dtype=object),
            "rung": text_column(rung, like=plan.like),
            "abc": text_column(abc, like=plan.like),
            "customers": np.bincount(group, minlength=size),
            "treated": total(decisions.treated).astype(np.int64),
            "held_out": total(reason == HELD_OUT).astype(np.int64),
            "cost": cost,
            "hours": total(plan.hours),
            "incremental_value": value,
            "net": value - cost,
            "promoted": promoted,
            "cost_per_promoted": np.divide(spent_on_steps, promoted, out=np.full(size, np.nan), where=promoted > 0),
            "goal": np.array([each.goal for each in of], dtype=object),
            "metric": np.array([each.metric for each in of], dtype=object),
            "reason": np.array([each.because for each in of], dtype=object),
        },
        like=plan.like,
    )


def promotions(plan: PlanData[FrameT]) -> Array:
    """Expected number of additional promotions by each customer's action, p' - p, (n,); 0 for other effects."""
    extra = np.zeros(len(plan.customers))
    for at, action in enumerate(plan.actions):
        if action.effect is not None and action.effect.on == "promotion":
            treated = plan.decisions.action == at
            p = plan.decisions.p[treated]
            extra[treated] = p * (odds_ratio_to_relative_risk(m=action.effect.mean, p=p) - 1.0)
    return extra


def _groups(plan: PlanData[FrameT]) -> tuple[Whole, tuple[Whole, list[str], list[str]]]:
    """Each customer's group (n,), and the strategy, rung and class of each group."""
    rungs, rung = _codes(plan.customers.word("rung"), order=plan.customers.numbers.get("rung_number"))
    classes, abc = _codes(plan.customers.word("abc"), order=None)
    code = (plan.decisions.strategy * len(rungs) + rung) * len(classes) + abc
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
