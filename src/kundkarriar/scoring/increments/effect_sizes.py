"""Sizes of effects: their means, or draws of them; and the sets of effects that increments are asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from kundkarriar.arguments import read_object, refusal
from kundkarriar.effects.effect import FIRST_PURCHASE, Effect
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.foreign_objects import values_from

PROCESS = ("leaving", "returning", "purchases", "spend", "cost", "marketing", FIRST_PURCHASE)
"""The quantities that are multiplied while a customer is treated."""
OTHER_EFFECTS = {
    "promotion": "a plan values effects on a promotion; leave this one out here.",
    "referrals": "micro.equity(history, referrals=kk.Referrals(...), changes=...) counts whom referrals bring; what it "
    'says per customer can be stated as kk.Effect(on="value", ...).',
}
"""What to do with effects on what no scorer knows."""
FORESEEN_BY = "first_purchase=kk.FirstPurchase(...)"
"""The field of a scorer that foresees first purchases."""
INCREMENT = "increment"
"""The column of a single set of effects."""
EXAMPLE = 'effects=kk.Effect(on="leaving", mean=0.8, low=0.7, high=0.95, evidence="assumed", relative_to="no call")'

Sizes: TypeAlias = Mapping[Effect, float]
"""The factor of each effect, or its money per customer."""


def mean_sizes(effects: Iterable[Effect]) -> Sizes:
    """The effects at their means."""
    return {effect: effect.mean for effect in effects}


def drawn_sizes(effects: Iterable[Effect], draws: int, *, entropy: int) -> list[Sizes]:
    """The effects in each draw. One effect has the same draws in whatever set it stands."""
    drawn = {
        effect: effect.drawn(draws, seed=np.random.default_rng([entropy, 3, zlib.crc32(repr(effect).encode())]))
        for effect in dict.fromkeys(effects)
    }
    return [{effect: float(sizes[s]) for effect, sizes in drawn.items()} for s in range(draws)]


def read_effects(given: Any) -> dict[str, tuple[Effect, ...]]:
    """The sets of effects by the name of their column: one set, of one effect or several, or several sets by name."""
    if not isinstance(given, Mapping):
        return {INCREMENT: _several(given, "effects")}
    if not given or not all(isinstance(name, str) and name for name in given):
        raise DataError.because(
            f"`effects` must be effects, or sets of them by the name of a column, got {dict(given)!r}.",
            hint=f'{EXAMPLE}, or effects={{"call": call, "letter": letter}}.',
        )
    if "customer_id" in given:
        raise DataError.because("`effects`: no set can be named customer_id.", hint='effects={"call": call}.')
    return {name: _several(effects, f"effects[{name!r}]") for name, effects in given.items()}


def _several(given: Any, name: str) -> tuple[Effect, ...]:
    effects = (given,) if (several := values_from(given)) is None else several
    if not effects:
        raise refusal(given, name, law="at least one effect", hint=f"write {EXAMPLE}.")
    read = tuple(read_object(effect, name, kind=Effect, hint=f"write {EXAMPLE}.") for effect in effects)
    refuse_unvalued(read)
    windows = {effect.window for effect in read if effect.on == "leaving"}
    if len(windows) > 1:
        raise CapabilityError.because(
            f"effects on leaving were measured within different windows, {sorted(map(str, windows))}: what they "
            "do together is not known.",
            hint="give effects on leaving one window, or none.",
        )
    return read


def refuse_unvalued(effects: Sequence[Effect]) -> None:
    """Refuse effects on what no scorer values."""
    for effect in effects:
        if effect.on not in (*PROCESS, "value"):
            raise CapabilityError.because(
                "increments value effects on leaving, returning, purchases, spend, cost, marketing, first purchase and "
                f"value, not on {effect.on}.",
                hint=OTHER_EFFECTS.get(effect.on, 'state in money what it adds: kk.Effect(on="value", ...).'),
            )
