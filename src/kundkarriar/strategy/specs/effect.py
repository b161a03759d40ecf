"""The treatment effect of an action: its size, its plausible range and its evidence."""

from __future__ import annotations

import math

from attrs import field, frozen

from kundkarriar.stored import Stored
from kundkarriar.strategy.specs.field_types import numeric, to_float
from kundkarriar.strategy.specs.vocabulary import nonempty_text, one_of

EFFECT_TEXTS = {
    "promotion": "multiplies the odds of taking the step",
    "leaving": "multiplies the odds of leaving",
    "purchases": "multiplies the purchases",
    "spend": "multiplies the spend per purchase",
    "value": "adds money per treated customer",
}


@frozen(kw_only=True)
class Effect(Stored):
    """The effect of treatment in the plan's period on one customer, relative to no treatment.

    It is the joint effect of all contacts of the period on the values over the horizon of the scores: a plan for a
    quarter needs the effect of a quarter's contacts.

    No field has a default. Where nothing was measured, write `evidence="assumed"`; the tables and sentences of the plan
    repeat it.

    Attributes:
        on: the quantity that changes: "promotion" or "leaving" (multiplies the odds), "purchases" or "spend"
            (multiplies the mean: 1.1 is ten per cent more), "value" (adds money per treated customer).
        mean: the expected effect.
        low, high: plausible range, low <= mean <= high as numbers (for "leaving" the low end is the strong one).
        evidence: source of the numbers: "A/B test spring 2026, 4,000 customers", or "assumed".
        relative_to: the control condition: "no contact", "the usual newsletter".

    >>> call = Effect(on="leaving", mean=0.8, low=0.7, high=1.0, evidence="assumed", relative_to="no call")
    >>> print(call)
    multiplies the odds of leaving by 0.8 (0.7 to 1), relative to no call; assumed
    >>> Effect(on="value", mean=3, low=0, high=2, evidence="assumed", relative_to="no mail")
    Traceback (most recent call last):
    ...
    ValueError: 'mean' must lie between low and high: 3.0 is not between 0.0 and 2.0
    """

    stored_as = "effect"
    on: str = field(validator=one_of(EFFECT_TEXTS))
    mean: float = field(converter=to_float, validator=numeric)
    low: float = field(converter=to_float, validator=numeric)
    high: float = field(converter=to_float, validator=numeric)
    evidence: str = field(validator=nonempty_text)
    relative_to: str = field(validator=nonempty_text)

    def __attrs_post_init__(self) -> None:
        for name, value in (("mean", self.mean), ("low", self.low), ("high", self.high)):
            if not math.isfinite(value):
                raise ValueError(f"'{name}' must be a finite number: {value}")
            if self.on != "value" and value <= 0:
                raise ValueError(f"'{name}' must be > 0 where an effect on {self.on} multiplies: {value}")
        if not self.low <= self.mean <= self.high:
            raise ValueError(
                f"'mean' must lie between low and high: {self.mean} is not between {self.low} and {self.high}"
            )

    @property
    def is_assumed(self) -> bool:
        """Whether the effect is assumed, not measured."""
        return "assum" in self.evidence.lower()

    def __str__(self) -> str:
        what = EFFECT_TEXTS[self.on]
        if self.on == "value":
            size = f"adds {self.mean:g} ({self.low:g} to {self.high:g}) per treated customer"
        else:
            size = f"{what} by {self.mean:g} ({self.low:g} to {self.high:g})"
        return f"{size}, relative to {self.relative_to}; {self.evidence}"
