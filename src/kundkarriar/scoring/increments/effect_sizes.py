"""`EffectSizes`: what several effects, of mean or drawn size, multiply together while a customer is treated."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import read_object, refusal
from kundkarriar.arrays import Array
from kundkarriar.dates.period import Period
from kundkarriar.effects.combined import combined_factors
from kundkarriar.effects.effect import FIRST_PURCHASE, Effect
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.foreign_objects import values_from

PROCESS = ("leaving", "returning", "purchases", "spend", "cost", FIRST_PURCHASE)
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


@frozen(kw_only=True)
class EffectSizes:
    """The joint factors of several effects on the same customers.

    Effects on different quantities act together in one process. Of those on one quantity the factor farther from 1
    holds where they point the same way, and the product where they oppose; money per customer adds up.

    Attributes:
        effects: the effects.
        window: the span within which the effects on leaving were measured; None: they are those of the process.
    """

    effects: tuple[Effect, ...]
    window: str | None

    @classmethod
    def of(cls, effects: tuple[Effect, ...]) -> EffectSizes:
        """The effects together; those that a scorer does not value, or that no process has together, are refused."""
        for effect in effects:
            if effect.on not in (*PROCESS, "value"):
                raise CapabilityError.because(
                    "increments value effects on leaving, returning, purchases, spend, cost, first purchase and value, "
                    f"not on {effect.on}.",
                    hint=OTHER_EFFECTS.get(effect.on, 'state in money what it adds: kk.Effect(on="value", ...).'),
                )
        windows = {effect.window for effect in effects if effect.on == "leaving"}
        if len(windows) > 1:
            raise CapabilityError.because(
                f"effects on leaving were measured within different windows, {sorted(map(str, windows))}: what they "
                "do together is not known.",
                hint="give effects on leaving one window, or none.",
            )
        return cls(effects=effects, window=next(iter(windows), None))

    @property
    def acts_on_prospects(self) -> bool:
        """Whether any effect is on the first purchase, or on value: on what prospects have."""
        return any(effect.on in (FIRST_PURCHASE, "value") for effect in self.effects)

    @cached_property
    def means(self) -> dict[str, float]:
        """The joint factor on each quantity, and money per customer, at the effects' means."""
        return {on: float(size) for on, size in self._joint(lambda effect: np.array(effect.mean)).items()}

    def draws(self, draws: int, *, entropy: int) -> list[dict[str, float]]:
        """The same in each draw. One effect has the same draws in whatever set it stands."""

        def drawn(effect: Effect) -> Array:
            key = zlib.crc32(repr(effect).encode())
            return effect.drawn(draws, seed=np.random.default_rng([entropy, 3, key]))

        by_name = {on: np.broadcast_to(size, (draws,)).tolist() for on, size in self._joint(drawn).items()}
        return [{on: sizes[s] for on, sizes in by_name.items()} for s in range(draws)]

    def window_in(self, unit: str) -> float | None:
        """The window in periods of `unit`."""
        return None if self.window is None else Period.of(self.window).in_units(unit)

    def _joint(self, size: Callable[[Effect], Array]) -> dict[str, Array]:
        by_name: dict[str, Array] = {}
        for on in PROCESS:
            own = [size(effect) for effect in self.effects if effect.on == on]
            by_name[on] = combined_factors(own) if own else np.ones(())
        by_name["value"] = sum((size(effect) for effect in self.effects if effect.on == "value"), np.zeros(()))
        return by_name


def read_effects(given: Any) -> dict[str, EffectSizes]:
    """The sets of effects by the name of their column: one set, of one effect or several, or several sets by name."""
    if not isinstance(given, Mapping):
        return {INCREMENT: EffectSizes.of(_several(given, "effects"))}
    if not given or not all(isinstance(name, str) and name for name in given):
        raise DataError.because(
            f"`effects` must be effects, or sets of them by the name of a column, got {dict(given)!r}.",
            hint=f'{EXAMPLE}, or effects={{"call": call, "letter": letter}}.',
        )
    if "customer_id" in given:
        raise DataError.because("`effects`: no set can be named customer_id.", hint='effects={"call": call}.')
    return {name: EffectSizes.of(_several(effects, f"effects[{name!r}]")) for name, effects in given.items()}


def _several(given: Any, name: str) -> tuple[Effect, ...]:
    effects = (given,) if (several := values_from(given)) is None else several
    if not effects:
        raise refusal(given, name, law="at least one effect", hint=f"write {EXAMPLE}.")
    return tuple(read_object(effect, name, kind=Effect, hint=f"write {EXAMPLE}.") for effect in effects)
