"""`TreatmentWorlds`: effects that act at different times, in two worlds, as usual and treated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask
from kundkarriar.effects.effect import FIRST_PURCHASE, Effect
from kundkarriar.numerics.increments.combined_factors import combined_factors
from kundkarriar.scoring.increments.effect_sizes import Sizes

NEVER = np.empty((0, 2))


@frozen(kw_only=True, eq=False)
class TimedEffects:
    """The effects of one action, and when they act on a customer.

    Attributes:
        effects: the effects.
        treated: spans (start, end) of the treatment that is valued, in days from now, (m, 2).
        usual: spans in which the effects act in any case, (m, 2).
        share: share of the customer's spend that the action costs, in the time that the treatment adds.
        discount: share of the customer's spend that a discount takes in these spans. Of several the largest holds.
    """

    effects: tuple[Effect, ...]
    treated: Array = NEVER
    usual: Array = NEVER
    share: float = 0.0
    discount: float = 0.0


@frozen(kw_only=True, eq=False, slots=False)
class TreatmentWorlds:
    """The two worlds of a treatment: what acts as usual, and what acts with it, up to the end of the horizon.

    Where spans of one effect overlap it acts once. Effects on different quantities act together. Of those on one
    quantity the factor farther from 1 holds where they point the same way, and the product where they oppose. Money per
    customer is said of the whole horizon: it is added once, where the treatment adds any time in which it acts.

    Attributes:
        parts: effects with their spans; what acts as usual acts with the treatment too.
        horizon: length of the horizon in days; spans end there.
        period_end: the end of the budget's period in days, where costs are told apart by it; 0 where they are not.
    """

    parts: tuple[TimedEffects, ...]
    horizon: float
    period_end: float = 0.0

    @cached_property
    def edges(self) -> Array:
        """The ends of segments in which nothing begins or ends, in days, (k + 1,)."""
        ends = [spans.ravel() for part in self.parts for spans in (part.usual, part.treated)]
        return np.unique(np.minimum(np.concatenate([[0.0, self.period_end, self.horizon], *ends]), self.horizon))

    @cached_property
    def acting(self) -> dict[Effect, Mask]:
        """Whether each effect acts in each segment as usual, and with the treatment, (2, k)."""
        found: dict[Effect, Mask] = {}
        for part in self.parts:
            own = self._worlds(part)
            for effect in part.effects:
                found[effect] = found[effect] | own if effect in found else own
        return found

    @property
    def effects(self) -> Iterable[Effect]:
        """The effects, each once."""
        return self.acting

    @property
    def acts_on_prospects(self) -> bool:
        """Whether any effect is on the first purchase, or on value: on what prospects have."""
        return any(effect.on in (FIRST_PURCHASE, "value") for effect in self.effects)

    def of(self, on: str, sizes: Sizes) -> list[tuple[Effect, float, Mask]]:
        """The effects on a quantity that change it anywhere, with their sizes, and when they act, (2, k)."""
        return [
            (effect, sizes[effect], acting)
            for effect, acting in self.acting.items()
            if effect.on == on and sizes[effect] != 1.0 and acting.any()
        ]

    def factors(self, on: str, sizes: Sizes) -> Array:
        """The joint factor on a quantity in each segment, as usual and with the treatment, (2, k)."""
        own = [np.where(acting, size, 1.0) for _, size, acting in self.of(on, sizes)]
        return combined_factors(own) if own else np.ones((2, len(self.edges) - 1))

    def money(self, sizes: Sizes) -> float:
        """The stated money that the treatment adds to a customer, of equal effects of several parts each."""
        stated = ((part, dict.fromkeys(each for each in part.effects if each.on == "value")) for part in self.parts)
        adds = ((own, self._worlds(part)) for part, own in stated if own)
        return float(sum(sizes[each] for own, (usual, treated) in adds if (treated & ~usual).any() for each in own))

    @cached_property
    def shares(self) -> Array:
        """Share of the spend that the treatment costs in each segment, (k,)."""
        paid = np.zeros(len(self.edges) - 1)
        for part in self.parts:
            usual, treated = self._worlds(part)
            paid += part.share * (treated & ~usual)
        return paid

    @cached_property
    def discounts(self) -> Array:
        """Share of the spend that a discount takes in each segment, as usual and with the treatment, (2, k)."""
        taken = [part.discount * self._worlds(part) for part in self.parts if part.discount > 0]
        return np.maximum.reduce(taken) if taken else np.zeros((2, len(self.edges) - 1))

    @property
    def added_discount(self) -> Array:
        """Share of the spend that the treatment's discount takes besides what one takes as usual, (k,)."""
        usual, treated = self.discounts
        return np.asarray(treated - usual)

    @property
    def in_period(self) -> Mask:
        """Whether each segment lies in the budget's period, (k,)."""
        return self.edges[1:] <= self.period_end

    def _worlds(self, part: TimedEffects) -> Mask:
        middle = 0.5 * (self.edges[1:] + self.edges[:-1])
        usual, treated = (
            ((spans[:, :1] < middle) & (middle < spans[:, 1:])).any(axis=0) for spans in (part.usual, part.treated)
        )
        return np.stack([usual, usual | treated])


def runs(by_segment: Array, edges: Array) -> dict[float, list[tuple[float, float]]]:
    """Beginning and end of each run of segments with an equal value other than 0, by that value."""
    starts = np.flatnonzero(np.diff(by_segment, prepend=np.nan) != 0)
    ends = np.append(starts[1:], len(by_segment))
    found: dict[float, list[tuple[float, float]]] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if value := float(by_segment[start]):
            found.setdefault(value, []).append((float(edges[start]), float(edges[end])))
    return found


def added_in(by_segment: Array, edges: Array, until: Callable[[float], Array]) -> Array | float:
    """The integral of a piecewise constant weight, of which `until` gives the integral of 1 from now to a time."""
    whole: Array | float = 0.0
    for value, spans in runs(by_segment, edges).items():
        inside: Array | float = 0.0
        for start, end in spans:
            inside = inside + until(end)
            if start > 0:
                inside = inside - until(start)
        whole = whole + value * inside
    return whole
