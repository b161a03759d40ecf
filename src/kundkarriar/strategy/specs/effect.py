"""What an action does, how sure that is, and how it is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from attrs import asdict, field, fields_dict, frozen

from kundkarriar.stored import SCHEMA, fields_of, reading
from kundkarriar.strategy.specs.field_types import number, to_float
from kundkarriar.strategy.specs.vocabulary import one_of, said

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = {
    "promotion": "multiplies the odds of taking the step",
    "leaving": "multiplies the odds of leaving",
    "purchases": "multiplies the purchases",
    "spend": "multiplies the spend per purchase",
    "value": "adds money per treated customer",
}


@frozen(kw_only=True)
class Effect:
    """What the treatment in the plan's period does to one customer, against what would happen anyway.

    It is the effect of all contacts of the period together, on what the scores expect over their horizon: a plan
    for a quarter needs the effect of a quarter's contacts.

    No part of it has a default: where nothing was measured, say `evidence="assumed"`, and every table and
    sentence of the plan will say so too.

    Attributes:
        on: what is changed: "promotion" or "leaving" (the odds are multiplied), "purchases" or "spend"
            (multiplied, so 1.1 is ten per cent more), "value" (money added per treated customer).
        mean: the effect to be expected.
        low, high: the range it plausibly lies in, low <= mean <= high, as numbers (for "leaving" the low end
            is the strong one).
        evidence: where the number comes from: "A/B test spring 2026, 4,000 customers", or "assumed".
        relative_to: what it is compared with: "no contact", "the usual newsletter".

    >>> call = Effect(on="leaving", mean=0.8, low=0.7, high=1.0, evidence="assumed", relative_to="no call")
    >>> print(call)
    multiplies the odds of leaving by 0.8 (0.7 to 1), relative to no call; assumed
    >>> Effect(on="value", mean=3, low=0, high=2, evidence="assumed", relative_to="no mail")
    Traceback (most recent call last):
    ...
    ValueError: 'mean' must lie between low and high: 3.0 is not between 0.0 and 2.0
    """

    on: str = field(validator=one_of(KINDS))
    mean: float = field(converter=to_float, validator=number)
    low: float = field(converter=to_float, validator=number)
    high: float = field(converter=to_float, validator=number)
    evidence: str = field(validator=said)
    relative_to: str = field(validator=said)

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
        """Nobody measured it."""
        return "assum" in self.evidence.lower()

    def __str__(self) -> str:
        what = KINDS[self.on]
        if self.on == "value":
            size = f"adds {self.mean:g} ({self.low:g} to {self.high:g}) per treated customer"
        else:
            size = f"{what} by {self.mean:g} ({self.low:g} to {self.high:g})"
        return f"{size}, relative to {self.relative_to}; {self.evidence}"

    def to_dict(self) -> dict[str, Any]:
        """The effect in JSON types."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    @reading("effect")
    def from_dict(cls, stored: Mapping[str, Any]) -> Effect:
        """The effect that `to_dict` wrote."""
        return cls(**fields_of(stored, kind="effect", names=fields_dict(cls)))
