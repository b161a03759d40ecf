"""The sizes of an action's effects at which its increments are counted: as stated, at their ends, weaker and stronger.

Increments follow from the purchase process, so a plan does not know what they would be at another size. They are
counted at a few sizes: ranges are exact, and break-even sizes are interpolated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import evolve

from kundkarriar.arguments import MOST
from kundkarriar.arrays import Array
from kundkarriar.effects.effect import Effect
from kundkarriar.strategy.specs.action import Action

POWERS = {"mean": 1.0, "half": 0.5, "fourfold": 4.0}
"""Sizes by the power of the stated factor, and the factor of stated money."""
SIZES = ("mean", "low", "high", "half", "fourfold")
LINEAR = ("purchases", "spend", "cost", "marketing")
"""Effects in which increments are proportional to (m - 1): one size tells all."""
STRONG_WHEN_LOW = ("leaving", "cost", "marketing")


def is_linear(action: Action) -> bool:
    """Whether increments of the action are linear in its effect, and cost no share of the spend that it changes."""
    return len(action.effects) == 1 and action.effects[0].on in LINEAR and not action.costs_spend


def sizes_of(action: Action) -> tuple[str, ...]:
    """The sizes at which increments of the action are counted.

    Between 0 and a single effect lie its ends, which no power of the factors of several effects meets: these are
    counted at half their strength as well.
    """
    if is_linear(action):
        return ("mean",)
    return SIZES if len(action.effects) > 1 else tuple(size for size in SIZES if size != "half")


def sizes_of_bundle(actions: Sequence[Action]) -> tuple[str, ...]:
    """The sizes at which increments of a bundle are counted: of several actions what is stated, and its ends."""
    return sizes_of(actions[0]) if len(actions) == 1 else SIZES[:3]


def size_column(name: str, size: str) -> str:
    """The column of increments at a size: the name of the bundle for what it states, else "call, low"."""
    return name if size == "mean" else f"{name}, {size}"


def effects_at(action: Action, size: str, *, alone: bool | None = None, power: float = 1.0) -> tuple[Effect, ...]:
    """The effects of an action at one of `SIZES`.

    Of an effect that is `alone` in a bundle "low" and "high" are its ends as numbers; of several, all are at their weak
    or at their strong end. None: it is alone if the action has no other.

    Those that are assumed act to a `power` on top of that: factors are raised to it, and money is multiplied by it.
    """
    single = len(action.effects) == 1 if alone is None else alone
    sizes = [_size_of(each, size, alone=single, power=power) for each in action.effects]
    return tuple(evolve(each, mean=at, low=at, high=at) for each, at in zip(action.effects, sizes, strict=True))


def _size_of(effect: Effect, size: str, *, alone: bool, power: float) -> float:
    if size in POWERS:
        stated = effect.mean
    else:
        low = (size == "low") == (alone or effect.on not in STRONG_WHEN_LOW)
        stated = effect.low if low else effect.high
    times = POWERS.get(size, 1.0) * (power if effect.is_assumed else 1.0)
    if not effect.multiplies:
        return stated * times
    return float(np.clip(stated**times, 1 / MOST, MOST)) if stated else 0.0


def strengths(action: Action) -> Array:
    """The coordinate of each of `SIZES` along which break-even sizes are searched, (5,); NaN where it has none.

    It is the logarithm of a single effect, and of several effects the common power of their factors.
    """
    if len(action.effects) > 1:
        return np.array([POWERS.get(size, np.nan) for size in SIZES])
    return np.array([np.log(effects_at(action, size)[0].mean) for size in SIZES])


def size_at(action: Action, strength: float) -> float:
    """The effect of a single one, the common power of several, at a strength."""
    return strength if len(action.effects) > 1 else float(np.exp(strength))
