"""What a discount does to the customers who have it, at the share at which it was stated and at others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arguments import read_many, refusal
from kundkarriar.arrays import Array, Mask
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import DAYS, as_period
from kundkarriar.effects.change import Change
from kundkarriar.effects.effect import FIRST_PURCHASE, Effect
from kundkarriar.ladder.microsimulation.changed_world import ActiveChange, ChangedWorld, sizes_drawn
from kundkarriar.ladder.microsimulation.process import foresees_first_purchases
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.ladder.microsimulation.scenario import COUNTED, read_changes
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws
from kundkarriar.scoring.value_scorer import FittedValueScorer

EFFECTS = "a kk.Effect, several of them, or None"
EXAMPLE = (
    'write effect=kk.Effect(on="purchases", mean=1.2, ..., lasts=None), or None for a discount that changes nothing.'
)
FARTHEST = 8.0
"""A factor is carried beyond the stated share while it is at most this, and at least one over this."""
NODES = 3
"""Shares besides the stated one at which customers are drawn anew."""
NEAR = 0.02
"""Shares nearer than this part of the largest are one."""


def read_effects(given: Any, *, scorer: FittedValueScorer, counted: Sequence[str]) -> tuple[Effect, ...]:
    """The effects of a discount; none where it changes nothing.

    `counted` are the quantities beside money and purchases that an effect may be on: referrals.

    Raises:
        DataError: something else than effects.
        CapabilityError: an effect on what the process does not have.
    """
    if given is None:
        return ()
    several = (given,) if isinstance(given, Effect) else read_many(given, "effect", law=EFFECTS, hint=EXAMPLE)
    if not several or not all(isinstance(each, Effect) for each in several):
        raise refusal(given, "effect", law=EFFECTS, hint=EXAMPLE)
    first = [FIRST_PURCHASE] if foresees_first_purchases(scorer) else []
    changes = [Change(effect=each) if each.on != "promotion" else _step(each) for each in several]
    read_changes(changes, model=scorer.purchases, priced=True, counted=(*COUNTED, *counted, *first), name="effect")
    return tuple(several)


def _step(effect: Effect) -> Change:
    """A change of a step, which is refused in the words of all changes."""
    return Change(effect=effect, rung="any", to="any")


@frozen(kw_only=True, eq=False)
class DiscountEffects:
    """The effects of a discount on the customers to whom it is granted.

    Stated of a share D, a factor f is f^(x / D) at the share x, log-linear, and money is x / D of what it is at D: no
    discount does nothing.

    Attributes:
        effects: the effects.
        size: their sizes at the stated share in each draw, (S,) each.
        concerned: the customers whom each concerns, (n,) each.
        ends: when each ends, in periods from now.
        horizon: periods for which purchases are drawn.
    """

    effects: tuple[Effect, ...]
    size: Sequence[Array]
    concerned: Sequence[Mask]
    ends: Sequence[float]
    horizon: float

    @classmethod
    def of(
        cls, effects: tuple[Effect, ...], granted: Mask, *, ahead: RungsAhead, drawn: PurchaseDraws, seed: int
    ) -> DiscountEffects:
        """The effects on the customers to whom a discount is `granted` on the last day of the history, (n,)."""
        known, unit = ahead.history.facts_as_of, DAYS[drawn.purchases.period]
        bought = known.first_purchase != NEVER
        concerned, ends = [], []
        for effect in effects:
            own = {FIRST_PURCHASE: ~bought, "value": np.ones_like(bought)}.get(effect.on, bought)
            concerned.append(granted & own)
            end = drawn.horizon
            if effect.lasts is not None:
                until = as_period(effect.lasts, name="lasts").after(known.as_of)
                end = min(end, (until - known.as_of).astype(int) / unit)
            ends.append(end)
        return cls(
            effects=effects,
            size=sizes_drawn([Change(effect=each) for each in effects], draws=len(drawn), seed=seed),
            concerned=concerned,
            ends=ends,
            horizon=drawn.horizon,
        )

    def world(self, ratio: float) -> ChangedWorld:
        """The world in which the share is `ratio` times the stated one."""
        changes = [
            ActiveChange(
                on=effect.on,
                concerned=concerned,
                begins=0.0,
                ends=end,
                size=size**ratio if effect.multiplies else size * ratio,
            )
            for effect, size, concerned, end in zip(self.effects, self.size, self.concerned, self.ends, strict=True)
        ]
        return ChangedWorld.of(changes, n=len(self.concerned[0]), horizon=self.horizon)

    def farthest(self, share: float, *, margin: float) -> float:
        """The largest share that is looked at: the margin, or less where a factor would be carried too far."""
        logs = [abs(np.log(each.mean)) for each in self.effects if each.multiplies and each.mean > 0]
        strongest = max(logs, default=0.0)
        return min(margin, share * max(1.0, np.log(FARTHEST) / strongest)) if strongest else margin


def shares_drawn(share: float, *, most: float) -> list[float]:
    """The shares at which customers are drawn: the stated one, then others up to the largest that is looked at.

    They are closer together where they are small: gains that level off do so there. One as good as the stated share is
    left out: the slope between them would be noise.
    """
    if most <= 0:
        return [share]
    others = most * ((np.arange(NODES) + 1) / NODES) ** 2
    return [share, *others[np.abs(others - share) > NEAR * most].tolist()]
