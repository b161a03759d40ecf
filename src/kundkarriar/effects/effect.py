"""The treatment effect of an action: its size, its plausible range and its evidence."""

from attrs import field, frozen

from kundkarriar.arguments import MOST, POSITIVE, SAYS_SOMETHING, Number, Text, refusal, to_float
from kundkarriar.stored import Stored

EFFECT_TEXTS = {
    "promotion": "multiplies the odds of taking the step",
    "leaving": "multiplies the odds of leaving",
    "purchases": "multiplies the purchases",
    "spend": "multiplies the spend per purchase",
    "value": "adds money per treated customer",
}
SIZE = Number(least=-MOST, most=MOST)


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

    def __attrs_post_init__(self) -> None:
        if self.on != "value":
            for name, size in (("mean", self.mean), ("low", self.low), ("high", self.high)):
                POSITIVE.read(size, name, hint=f"an effect on {self.on} multiplies: write {name}=1 for none.")
        if not self.low <= self.mean <= self.high:
            law = f"a number from low to high ({self.low:g} to {self.high:g})"
            hint = "low <= mean <= high as numbers, also where the low end is the strong one."
            raise refusal(self.mean, "mean", law=law, hint=hint)

    @property
    def is_assumed(self) -> bool:
        """Whether the effect is assumed, not measured."""
        return "assum" in self.evidence.lower()

    def __str__(self) -> str:
        span = f"{self.mean:g} ({self.low:g} to {self.high:g})"
        size = f"adds {span} per treated customer" if self.on == "value" else f"{EFFECT_TEXTS[self.on]} by {span}"
        return f"{size}, relative to {self.relative_to}; {self.evidence}"
