"""What a plan promises by the stated effects, and what is expected of it after these were selected by their size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from kundkarriar.arguments import DRAWS, LEVEL, read_flag, read_generator
from kundkarriar.arrays import Array, Whole
from kundkarriar.effects.effect import Effect, effect_at
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.selection import shrunken_effects
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.increments.effect_sizes import STRONG_WHEN_LOW
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.specs.action import Action

THE_PLAN = "the plan"


LEAST_FACTOR = 0.01
"""Factors below it count as it on the scale of logarithms, where none is left at minus infinity."""


class Strength(NamedTuple):
    """The size of an action's uncertain effects on one scale, on which 0 is none and more is better.

    Attributes:
        stated: the sum of the logarithms of the factors; of an effect on value, money.
        weak, strong: the same at the ends of all effects.
        error: standard error; 0 where all effects are known.
        is_money: whether it is money, which has no scale in common with that of other actions.
        none_is_nothing: whether the action adds nothing at 0, as it has no known effect beside the uncertain ones, and
            gives no discount on what is bought in any case.
    """

    stated: float
    weak: float
    strong: float
    error: float
    is_money: bool
    none_is_nothing: bool


def plan_promise(plan: PlanData[FrameT], *, draws: Any, seed: Any, level: Any, shrunk: Any) -> FrameT:
    """A row for the plan and one for each bundle that it uses: see `Plan.promise`."""
    count, central, known = DRAWS.read(draws, "draws"), LEVEL.read(level, "level"), read_flag(shrunk, "shrunk")
    after: dict[Any, Array] = _after_selection(plan.actions, draws=count, generator=read_generator(seed), shrunk=known)
    bundle: Whole = plan.ledger.bundle
    used: list[int] = np.unique(bundle[bundle >= 0]).tolist()
    spent = plan.cost + plan.budget.price_of_hours * plan.hours
    values = np.array([_values(plan, at, after) for at in used]).reshape(len(used), count + 1)
    values -= np.array([total(spent[bundle == at]) for at in used])[:, None]
    net = np.vstack([values.sum(axis=0), values])
    promised = [total(plan.net), *(total(plan.net[bundle == at]) for at in used)]
    expected, drawn = net[:, 0], net[:, 1:]
    low, high = np.quantile(drawn, [(1 - central) / 2, (1 + central) / 2], axis=1)
    names = [THE_PLAN, *(plan.bundles[at].name for at in used)]
    notes = [_plan_note(plan, shrunk=known), *(_bundle_note(plan, at, after) for at in used)]
    return new_frame(
        {
            "way": text_column(names, like=plan.like),
            "treated": np.array([np.sum(bundle >= 0), *(np.sum(bundle == at) for at in used)], dtype=np.int64),
            "promised": np.array(promised),
            "expected": expected,
            "bias": np.array(promised) - expected,
            "standard_error": drawn.std(axis=1),
            "p_beats_usual": (drawn > 0).mean(axis=1),
            "p_loss": (drawn < 0).mean(axis=1),
            "low": low,
            "high": high,
            "note": text_column(notes, like=plan.like),
        },
        like=plan.like,
    )


def _strength(action: Action) -> Strength:
    """The strength of an action's uncertain effects; of several, all are at their weak or strong ends together."""
    uncertain = _uncertain(action.effects)
    money = [each for each in uncertain if not each.multiplies]
    sizes = [_on_scale(each.mean, each.low, each.high, on=each.on) for each in money or uncertain]
    deviates = [float(ndtri((1 + each.level) / 2)) for each in money or uncertain]
    error = sum((strong - weak) / (2 * z) for (_, weak, strong), z in zip(sizes, deviates, strict=True))
    stated, weak, strong = (float(sum(size[at] for size in sizes)) for at in range(3))
    nothing = len(uncertain) == len(action.effects) and action.discount is None
    return Strength(stated, weak, strong, float(error), bool(money), nothing)


def _uncertain(effects: Sequence[Effect]) -> list[Effect]:
    """The effects of an action that are not known for certain."""
    return [each for each in effects if each.low < each.high]


def _drawn(effects: Sequence[Effect], z: Array) -> Array:
    """The strength of the uncertain effects of an action at standard normal deviates, (S,): see `Effect.drawn`."""
    uncertain, strength = _uncertain(effects), np.zeros(len(z))
    for each in [own for own in uncertain if not own.multiplies] or uncertain:
        sign = -1.0 if each.on in STRONG_WHEN_LOW else 1.0
        at = effect_at(each, sign * z)
        strength += sign * np.log(np.maximum(at, LEAST_FACTOR)) if each.multiplies else at
    return strength


def _on_scale(mean: float, low: float, high: float, *, on: str) -> tuple[float, float, float]:
    """A stated size and its weak and strong ends on the scale of strengths."""
    if on == "value":
        return mean, low, high
    logs: list[float] = np.log(np.maximum([mean, low, high], LEAST_FACTOR)).tolist()
    return (-logs[0], -logs[2], -logs[1]) if on in STRONG_WHEN_LOW else (logs[0], logs[1], logs[2])


def _after_selection(
    actions: Sequence[Action], *, draws: int, generator: np.random.Generator, shrunk: bool
) -> dict[Any, Array]:
    """By the effects of an action, their expected strength and its draws, (1 + draws,).

    Known effects stay as they are, and tell nothing about the size of others.
    Actions with the same effects share an estimate, and so a draw. Effects on the same quantities shrink towards each
    other: on the scale of logarithms, those in money as multiples of their standard errors. That leaving can be halved
    tells nothing about purchases. Where nothing is shrunk, draws are those of `Effect.drawn`, which may be skewed.
    """
    distinct = {action.effects: _strength(action) for action in actions if action.effects}
    after: dict[Any, Array] = {each: np.full(1 + draws, own.stated) for each, own in distinct.items()}
    quantities = {each: tuple(sorted(own.on for own in _uncertain(each))) for each in distinct}
    for on in dict.fromkeys(quantities.values()):
        pool = [effects for effects, own in distinct.items() if own.error > 0 and quantities[effects] == on]
        if not pool:
            continue
        is_money = distinct[pool[0]].is_money
        stated, error = (np.array([getattr(distinct[each], name) for each in pool]) for name in ("stated", "error"))
        unit = error if is_money else np.ones(len(pool))
        if shrunk:
            z = generator.standard_normal((draws, len(pool)))
            mean, drawn = stated, np.array([_drawn(each, own) for each, own in zip(pool, z.T, strict=True)]).T
        else:
            posterior = shrunken_effects(estimate=stated / unit, error=error / unit)
            mean, drawn = posterior.mean * unit, posterior.drawn(draws, generator) * unit
        after |= {each: np.append(mean[at], drawn[:, at]) for at, each in enumerate(pool)}
    return after


def _values(plan: PlanData[Any], at: int, after: dict[Any, Array]) -> Array:
    """Incremental value of a bundle's treated customers at expected strengths and in each draw, (1 + draws,).

    Of several actions the bundle's value changes in proportion to the sum of what each adds alone.
    """
    rows = plan.ledger.bundle == at
    bundle = total(plan.ledger.gain[rows, at])
    alone, stated = np.zeros(1), 0.0
    for action in plan.bundles[at].actions:
        ends = _gains(plan, action, at)
        alone = alone + _at_strength(_strength(plan.actions[action]), ends, after[plan.actions[action].effects])
        stated += ends[1]
    return alone * (bundle / stated) if stated > 0 else np.full(len(alone), bundle)


def _gains(plan: PlanData[Any], action: int, bundle: int) -> tuple[float, float, float]:
    """What an action alone adds to the customers of a bundle at its weak end, as stated, and at its strong end."""
    ledger = plan.ledger
    if ledger.low is None or ledger.high is None:
        low, high = (plan.gain_at(bundle, end) for end in ("low", "high"))
        ends = np.sort([low, high], axis=0)
        columns = (ends[0], ledger.gain[:, action], ends[1])
    else:
        columns = (ledger.low[:, action], ledger.gain[:, action], ledger.high[:, action])
    weak, stated, strong = (float(each[ledger.bundle == bundle].sum()) for each in columns)
    return weak, stated, strong


def _at_strength(strength: Strength, gains: tuple[float, float, float], at: Array) -> Array:
    """The gain at strengths, (S,): linear between none, the ends and what is stated, and on beyond the outermost.

    Where the action has known effects as well, what it adds without the uncertain ones is not known.
    """
    known = [
        (size, gain)
        for size, gain in zip((strength.weak, strength.stated, strength.strong), gains, strict=True)
        if np.isfinite(gain)
    ]
    known = [*([(0.0, 0.0)] if strength.none_is_nothing else []), *known]
    sizes, first = np.unique([size for size, _ in known], return_index=True)
    points = np.array([gain for _, gain in known])[first]
    if len(sizes) < 2 or strength.error == 0:
        return np.full(len(at), gains[1])
    piece = np.clip(np.searchsorted(sizes, at) - 1, 0, len(sizes) - 2)
    slope = np.diff(points) / np.diff(sizes)
    return np.asarray(points[piece] + slope[piece] * (at - sizes[piece]))


def _plan_note(plan: PlanData[Any], *, shrunk: bool) -> str:
    count = len({action.effects for action in plan.actions if _uncertain(action.effects)})
    if shrunk:
        return "the stated effects count as shrunk, and nothing is taken off; the error of the value model is not in it"
    told = f"{quantity(count, 'effect')} shrunk towards none and others on the same quantity"
    return f"{told}; the error of the value model is not in it"


def _bundle_note(plan: PlanData[Any], at: int, after: dict[Any, Array]) -> str:
    """The stated and the expected size of each action's effects; of several uncertain ones their common power."""
    notes = []
    for action in plan.actions_of(at):
        uncertain, stated, expected = _uncertain(action.effects), _strength(action), float(after[action.effects][0])
        notes += [
            f"{action.name}: {each.mean:.3g} on {each.on}, known" for each in action.effects if each not in uncertain
        ]
        acts_on = " and ".join(each.on for each in uncertain)
        if len(uncertain) > 1:
            power = f"{expected / stated.stated:.3g}" if stated.stated else "1"
            notes.append(f"{action.name}: its effects on {acts_on} to the power of {power} expected")
        elif uncertain:
            sign = -1.0 if uncertain[0].on in STRONG_WHEN_LOW else 1.0
            size = expected if stated.is_money else float(np.exp(sign * expected))
            notes.append(f"{action.name}: {uncertain[0].mean:.3g} on {acts_on} stated, {size:.3g} expected")
    return "; ".join(notes)
