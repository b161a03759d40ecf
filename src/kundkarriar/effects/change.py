"""A change in a scenario: an effect on customers who meet a condition, for a time, or a likelier step between rungs."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import NAME, POSITIVE, refusal, to_float
from kundkarriar.dates.period import as_day
from kundkarriar.effects.effect import Effect
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import instance_of
from kundkarriar.rules.condition import A_CONDITION, CONDITION, Condition
from kundkarriar.stored_forms import LATER, or_null, written

ONE_OF_TWO = 'kk.Change(effect=kk.Effect(...)), or kk.Change(rung="client", to="supporter", odds=1.2).'
STEP_HINT = 'write kk.Change(rung="client", to="supporter", odds=1.2).'


def _start(value: Any) -> str | None:
    return None if value is None else str(as_day(value, name="start"))


def _until(value: Any) -> str | None:
    return None if value is None else str(as_day(value, name="until"))


@frozen(kw_only=True)
class Change:
    """A change in a scenario: what acts on the customers in addition to business as usual.

    Either an effect on the process by which customers buy, leave, return and spend, or a step between two rungs that
    becomes likelier or less likely. Chains know steps only; a microsimulation knows the process only.

    Attributes:
        rung: of a step, the rung that customers step from.
        to: of a step, the rung that they step to.
        odds: factor of the monthly odds of the step, short for an effect on promotion; 1.2 is a fifth more.
        effect: the effect. It acts from `start` to `until`, whatever a single contact's effect `lasts`. An effect on
            "promotion" is on the odds of the step from `rung` to `to`.
        where: the condition that customers must meet when the scenario begins. None: all customers.
        start: first day of the effect. None: the first day of the scenario.
        until: last day of the effect. None: the last day of the scenario.

    >>> from kundkarriar import Effect, column
    >>> call = Effect(on="leaving", mean=0.8, low=0.7, high=0.9, evidence="assumed", relative_to="no call")
    >>> Change(effect=call, where=column("rung").equals("client"), start="2027-01-01", until="2027-06-30").until
    '2027-06-30'
    >>> Change(rung="client", to="supporter", odds=1.2).odds
    1.2
    """

    rung: str | None = field(default=None, validator=optional(NAME))
    to: str | None = field(default=None, validator=optional(NAME))
    odds: float | None = field(default=None, converter=to_float, validator=optional(POSITIVE))
    effect: Effect | None = field(default=None, validator=optional(instance_of(Effect)), metadata=LATER)
    where: Condition | None = field(
        default=None, validator=optional(A_CONDITION), metadata=written(or_null(CONDITION), later=True)
    )
    start: str | None = field(default=None, converter=_start, metadata=LATER)
    until: str | None = field(default=None, converter=_until, metadata=LATER)

    def __attrs_post_init__(self) -> None:
        if (self.odds is None) == (self.effect is None):
            raise DataError.because("a change has either `odds` of a step or an `effect`.", hint=f"write {ONE_OF_TWO}")
        if not self.is_step and (self.rung, self.to) != (None, None):
            law = f"`rung` and `to` name the step of an effect on promotion, and this one is on {self.on}."
            raise DataError.because(law, hint=f'write where=kk.column("rung").equals({self.rung or self.to!r}).')
        if self.is_step and None in (self.rung, self.to):
            raise DataError.because("a step has the rungs `rung` and `to`.", hint=STEP_HINT)
        if self.is_step and (self.where, self.start, self.until) != (None, None, None):
            law = "a step between rungs changes for all customers and all months: no `where`, `start` or `until`."
            raise DataError.because(law, hint="leave them out, or state the effect on the process: on='leaving', ...")
        if self.start and self.until and self.start > self.until:
            law = f"a day from `start` ({self.start}) on"
            raise refusal(self.until, "until", law=law, hint="swap them, or leave one out.")

    @property
    def is_step(self) -> bool:
        """Whether a step between rungs changes, and not the process."""
        return self.effect is None or self.effect.on == "promotion"

    @property
    def on(self) -> str:
        """The quantity that changes, as `Effect.on` has it."""
        return "promotion" if self.effect is None else self.effect.on

    @property
    def step(self) -> tuple[str, str, float]:
        """The step: rung from, rung to, and the factor of its monthly odds."""
        if not self.is_step or self.rung is None or self.to is None:
            raise CapabilityError.because(
                f"chains know the steps between rungs, and not the process that an effect on {self.on} acts on.",
                hint=f"micro.scenario(history, changes=[...]) does; of a step {STEP_HINT}",
            )
        return self.rung, self.to, self.odds if self.effect is None else self.effect.mean  # type: ignore[return-value]
