"""The treatment effect of an action: its size, its plausible range, its duration and its evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import (
    DRAWS,
    LEVEL,
    MOST,
    NOT_NEGATIVE,
    POSITIVE,
    SAYS_SOMETHING,
    Number,
    Text,
    read_generator,
    refusal,
    to_float,
)
from kundkarriar.arrays import Array
from kundkarriar.dates.period import Period, as_period, is_span
from kundkarriar.errors import DataError
from kundkarriar.numerics.planning.effect_distribution import effect_quantiles
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import LATER

FIRST_PURCHASE = "first purchase"
"""The effect that acts on prospects."""
EFFECT_TEXTS = {
    "promotion": "multiplies the odds of taking the step",
    "leaving": "multiplies the odds of leaving",
    "purchases": "multiplies the purchases",
    "spend": "multiplies the spend per purchase",
    "cost": "multiplies the cost to serve",
    "marketing": "multiplies the cost to market as usual",
    "referrals": "multiplies the referrals",
    FIRST_PURCHASE: "multiplies the rate of first purchases",
    "returning": "multiplies the rate of coming back",
    "value": "adds money per treated customer",
}
WHILE_TREATED = frozenset(EFFECT_TEXTS) - {"promotion", "value"}
"""What an effect changes in the process, while a customer is treated; the others are said of the whole horizon."""
WHOLE_HORIZON = {"before": None} | LATER
"""An effect that was stored without a duration was the joint effect on the whole horizon."""
SIZE = Number(least=-MOST, most=MOST)


@frozen(kw_only=True)
class Effect(Stored):
    """The effect of treatment on one customer, relative to no treatment.

    A contact treats for `lasts`. While treated, a customer buys, leaves, returns, spends and costs by the same process
    as ever, with one of its quantities multiplied. Two effects are said of the whole horizon instead: "promotion", and
    "value".

    Size, evidence and control condition have no default. Where nothing was measured, write `evidence="assumed"`; the
    tables and sentences of the plan repeat it.

    Attributes:
        on: the quantity that changes: "leaving" or "promotion" (multiplies the odds), "returning" (multiplies the rate
            of coming back), "first purchase" (multiplies the rate of first purchases of prospects: a factor f makes a
            chance p of one within some time 1 - (1 - p)^f, f p where p is small), "purchases",
            "spend", "cost" (the cost to serve), "marketing" (the cost to market under business as usual; 0 stops it) or
            "referrals" (multiplies the mean: 1.1 is ten per cent more), "value" (adds money per treated customer).
        mean: the expected effect.
        low, high: plausible range, low <= mean <= high as numbers (for "leaving" the low end is the strong one).
        lasts: how long one contact treats: "3M". None: until the end of the horizon.
        level: probability that the effect lies between low and high, for `drawn`.
        window: the span over which the effect was observed, "26W". Of an effect on leaving `mean` then multiplies the
            odds of leaving within that span of treatment, as experiments measure them; without, it multiplies the odds
            at each chance to leave, or the rate of leaving, of the purchase model. Of other effects it says over which
            span they were measured, and changes no number: an assumed one has none.
        evidence: source of the numbers: "A/B test spring 2026, 4,000 customers", or "assumed".
        relative_to: the control condition: "no contact", "the usual newsletter".

    >>> call = Effect(on="leaving", mean=0.8, low=0.7, high=1.0, evidence="assumed", relative_to="no call")
    >>> print(call)
    multiplies the odds of leaving by 0.8 (0.7 to 1) for 3 months from each contact, relative to no call; assumed
    >>> Effect(on="value", mean=3, low=0, high=2, evidence="assumed", relative_to="no mail")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `mean` must be a number from low to high (0 to 2), got 3.0.
    <BLANKLINE>
    Hint: low <= mean <= high as numbers, also where the low end is the strong one.
    """

    stored_as = "effect"
    on: str = field(validator=Text(among=EFFECT_TEXTS))
    mean: float = field(converter=to_float, validator=SIZE)
    low: float = field(converter=to_float, validator=SIZE)
    high: float = field(converter=to_float, validator=SIZE)
    evidence: str = field(validator=SAYS_SOMETHING)
    relative_to: str = field(validator=SAYS_SOMETHING)
    lasts: str | None = field(default="3M", validator=is_span, metadata=WHOLE_HORIZON)
    level: float = field(default=0.9, converter=to_float, validator=LEVEL, metadata=LATER)
    window: str | None = field(default=None, validator=is_span, metadata=LATER)

    def __attrs_post_init__(self) -> None:
        if self.multiplies:
            for name, size in (("mean", self.mean), ("low", self.low), ("high", self.high)):
                least = NOT_NEGATIVE if self.on == "marketing" else POSITIVE
                least.read(size, name, hint=f"an effect on {self.on} multiplies: write {name}=1 for none.")
        if not self.low <= self.mean <= self.high:
            law = f"a number from low to high ({self.low:g} to {self.high:g})"
            hint = "low <= mean <= high as numbers, also where the low end is the strong one."
            raise refusal(self.mean, "mean", law=law, hint=hint)
        if self.window is not None and self.on != "leaving" and self.is_assumed:
            raise DataError.because(
                f"`window` is for effects on leaving and for measured ones, and this one on {self.on} is assumed.",
                hint="leave `window` out; how long a contact treats is `lasts`.",
            )

    @property
    def multiplies(self) -> bool:
        """Whether the effect is a factor, of which 1 changes nothing; else it is money, of which 0 changes nothing."""
        return self.on != "value"

    @property
    def is_assumed(self) -> bool:
        """Whether the effect is assumed, not measured."""
        return "assum" in self.evidence.lower()

    def drawn(self, draws: int, *, seed: int | np.random.Generator) -> Array:
        """Draws of the effect, (draws,): one for all customers in each draw.

        Multipliers are log-normal and money is normal, with a spread below the median and another above it: low and
        high are the ends of the central interval of probability `level`, and the expectation is `mean` wherever an
        effect of such an interval can have it. A multiplier that may be 0 is normal, and never below 0.

        >>> call = Effect(on="leaving", mean=0.8, low=0.7, high=0.9, evidence="assumed", relative_to="no call")
        >>> call.drawn(1000, seed=1).mean().round(2)
        np.float64(0.8)
        """
        return effect_at(self, read_generator(seed).standard_normal(DRAWS.read(draws, "draws")))

    def __str__(self) -> str:
        mean, low, high = (
            f"{each:.4g}" if abs(each) < 1000 else f"{each:,.0f}" for each in (self.mean, self.low, self.high)
        )
        span = f"{mean} ({low} to {high})"
        size = f"{EFFECT_TEXTS[self.on]} by {span}" if self.multiplies else f"adds {span} per treated customer"
        window = "" if self.window is None else str(as_period(self.window, name="window"))
        within = f" within {window}" if window and self.on == "leaving" else ""
        observed = f", observed over {window}" if window and self.on != "leaving" else ""
        timed = self.lasts is not None and self.on in WHILE_TREATED
        lasts = f" for {Period.of(self.lasts)} from each contact" if timed else ""
        return f"{size}{within}{lasts}, relative to {self.relative_to}; {self.evidence}{observed}"


def effect_at(effect: Effect, z: Array) -> Array:
    """The effect at standard normal deviates, (S,): random ones give the draws of `Effect.drawn`.

    >>> call = Effect(on="leaving", mean=0.8, low=0.7, high=0.9, evidence="assumed", relative_to="no call")
    >>> effect_at(call, np.array([-1.6448536, 1.6448536])).round(4).tolist()
    [0.7, 0.9]
    """
    drawn = effect_quantiles(
        z,
        mean=effect.mean,
        low=effect.low,
        high=effect.high,
        level=effect.level,
        multiplies=effect.multiplies and effect.low > 0,
    )
    return np.maximum(drawn, 0.0) if effect.multiplies else drawn


def ends_within(effects: Iterable[Effect], days: float = math.inf) -> str:
    """How long a contact treats by the shortest of effects that end within some days; "" where none does.

    >>> soon = Effect(on="spend", mean=1.1, low=1, high=1.2, lasts="3M", evidence="assumed", relative_to="list price")
    >>> ends_within([soon], days=365), ends_within([soon], days=60)
    ('3 months', '')
    """
    spans = [Period.of(each.lasts) for each in effects if each.lasts is not None and each.on in WHILE_TREATED]
    return str(min(spans, key=lambda span: span.days)) if any(span.days < days for span in spans) else ""
