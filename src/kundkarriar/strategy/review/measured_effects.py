"""Measured effects: how much of each action's stated effect the holdout has shown, for next year's plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Mask
from kundkarriar.effects.effect import Effect
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.planning.effect_scale import EffectScale, posterior_scale, scaled_effect, stated_sd
from kundkarriar.strategy.increments.responses import powers_of
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.review.comparison import Comparisons
from kundkarriar.strategy.specs.action import Action
from kundkarriar.strategy.specs.target import METRICS

NOT_IN_PURCHASES = {"cost", "marketing", "referrals"}
"""Effects that transactions do not show."""
LEAST_WEIGHT = 0.1
"""Share of what was measured in the posterior below which an effect counts as not measured."""


class Measured(NamedTuple):
    """What was measured of an action.

    Attributes:
        action: the action as the plan stated it.
        next: the same with measured effects, or as it was.
        metric: the metric that tells most; "" where nothing could be measured.
        treated, held_out: customers selected for the action alone.
        planned, estimate, error: what it was to add to the metric of a customer, what it did, and its standard error.
        scale: the posterior; None where nothing could be measured.
        note: what was measured, or why nothing was.
    """

    action: Action
    next: Action
    metric: str = ""
    treated: int = 0
    held_out: int = 0
    planned: float = np.nan
    estimate: float = np.nan
    error: float = np.nan
    scale: EffectScale | None = None
    note: str = ""


def measured_effects(plan: PlanData[Any], known: Comparisons) -> tuple[Measured, ...]:
    """Each action of the plan with what was measured of it, over all strategies.

    Customers who were selected for it together with others tell nothing of it alone, and are left out. The metric is
    the one whose planned effect is the most standard errors, not the one that shows most: that would choose errors.
    """
    return tuple(_of_action(plan, known, at) for at in range(len(plan.actions)))


def effects_frame(found: Sequence[Measured], *, like: FrameT) -> FrameT:
    """A row for each effect of each action: see `Review.effects`."""
    rows = [(each, old, new) for each in found for old, new in zip(each.action.effects, each.next.effects, strict=True)]

    def text(values: list[str | None]) -> Any:
        return text_column(values, like=like)

    def column(values: list[float]) -> Any:
        return np.array(values, dtype=np.float64)

    def scales(name: str) -> Any:
        return column([np.nan if each.scale is None else getattr(each.scale, name) for each, _, _ in rows])

    return new_frame(
        {
            "action": text([each.action.name for each, _, _ in rows]),
            "effect_on": text([old.on for _, old, _ in rows]),
            "metric": text([each.metric or None for each, _, _ in rows]),
            "treated": np.array([each.treated for each, _, _ in rows], dtype=np.int64),
            "held_out": np.array([each.held_out for each, _, _ in rows], dtype=np.int64),
            "planned": column([each.planned for each, _, _ in rows]),
            "measured": column([each.estimate for each, _, _ in rows]),
            "standard_error": column([each.error for each, _, _ in rows]),
            "scale": scales("mean"),
            "weight": scales("weight"),
            "stated": column([old.mean for _, old, _ in rows]),
            "mean": column([new.mean for _, _, new in rows]),
            "low": column([new.low for _, _, new in rows]),
            "high": column([new.high for _, _, new in rows]),
            "evidence": text([new.evidence for _, _, new in rows]),
            "note": text([each.note for each, _, _ in rows]),
        },
        like=like,
    )


def _of_action(plan: PlanData[Any], known: Comparisons, at: int) -> Measured:
    action, ledger = plan.actions[at], known.ledger
    if not action.effects:
        return Measured(action, action, note="it states no effect")
    if any(each.on in NOT_IN_PURCHASES for each in action.effects):
        return Measured(action, action, note="what it acts on does not show in purchases")
    alone = [j for j, each in enumerate(plan.bundles) if tuple(each.actions) == (at,)]
    actuals = known.actuals
    judged = np.array([actuals.as_of >= due for due in actuals.due], dtype=bool)[ledger.strategy]
    rows = np.isin(ledger.selected, alone) & judged & known.comparable()
    treated, held = int((rows & ledger.treated).sum()), int((rows & ledger.held_out).sum())
    if not (treated and held):
        both = "nobody has had it alone long enough, with a holdout"
        return Measured(action, action, treated=treated, held_out=held, note=both)
    tried = [found for name in METRICS if (found := _tried(known, rows, action, name)) is not None]
    if not tried:
        nothing = "no metric was planned to change, or its error is not known"
        return Measured(action, action, treated=treated, held_out=held, note=nothing)
    best = max(tried, key=lambda each: each.planned / each.error)
    powers = powers_of(plan.customers.word("group"), plan.responses)
    assumed = any(each.is_assumed for each in action.effects)
    power = float(powers[rows].mean()) if assumed and powers is not None else 1.0
    return _updated(best._replace(treated=treated, held_out=held), period=plan.budget.period, power=power)


def _tried(known: Comparisons, rows: Mask, action: Action, metric: str) -> Measured | None:
    planned = known.planned(metric, rows)
    if not planned > 0:
        return None
    found = known.of(metric, rows, known.assigned(rows, level=known.level), level=known.level)
    if not found.error > 0:
        return None
    return Measured(action, action, metric, planned=planned, estimate=found.estimate, error=found.error)


def _updated(found: Measured, *, period: str, power: float) -> Measured:
    """The measurement with the action as next year's plan should state it.

    What is measured acts as it is, and what was assumed acted at the mean `power` of the customers' responses.
    """
    action = found.action
    shown = f"{found.estimate:+.3g} {found.metric} a customer (standard error {found.error:.2g})"
    shown = f"{shown}, and {found.planned:+.3g} was planned"
    sds = [_stated_sd(each) for each in action.effects]
    if np.isnan(sds).any() or min(sds) == 0:
        return found._replace(note=f"{shown}; the effect is stated without a range, so nothing changes it")
    prior = float(np.mean(sds))
    scale = posterior_scale(estimate=found.estimate / found.planned, error=found.error / found.planned, prior_sd=prior)
    if scale.weight < LEAST_WEIGHT:
        return found._replace(note=f"{shown}: too little to change what is stated")
    acted = scale._replace(mean=scale.mean * power, sd=scale.sd * power)
    effects = tuple(_rescaled(each, acted, prior=prior, found=found, period=period) for each in action.effects)
    note = f"{shown}; the stated range counts {1 - scale.weight:.0%}, what was measured {scale.weight:.0%}"
    return found._replace(next=evolve(action, effects=effects), scale=scale, note=note)


def _stated_sd(effect: Effect) -> float:
    return stated_sd(
        mean=effect.mean, low=effect.low, high=effect.high, level=effect.level, multiplies=effect.multiplies
    )


def _rescaled(effect: Effect, scale: EffectScale, *, prior: float, found: Measured, period: str) -> Effect:
    """The effect at the posterior scale; its own range shrinks by as much as that of the common scale."""
    own = scale._replace(sd=_stated_sd(effect) * scale.sd / prior)
    mean, low, high = scaled_effect(own, mean=effect.mean, level=effect.level, multiplies=effect.multiplies)
    evidence = (
        f"measured: review of {period}, {found.treated:,} treated and {found.held_out:,} held out, "
        f"{scale.weight:.0%} measurement and {1 - scale.weight:.0%} what was stated before"
    )
    return evolve(effect, mean=mean, low=low, high=high, evidence=evidence)
