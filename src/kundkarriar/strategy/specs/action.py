"""A marketing action on a customer: its objective, cost and effect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import (
    AMOUNT,
    SAYS_SOMETHING,
    WholeNumber,
    as_tuple,
    is_number,
    read_object,
    refusal,
    to_float,
)
from kundkarriar.dates.period import Period
from kundkarriar.effects.effect import WHILE_TREATED, Effect
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import all_instances_of
from kundkarriar.stored import Stored, whole
from kundkarriar.stored_forms import Form, list_of, written
from kundkarriar.strategy.specs.budget import BUDGET_HINT, Budget
from kundkarriar.strategy.specs.vocabulary import LEVER, OBJECTIVE

STEP_HINT = 'write step=("trial buyer", "repeat buyer").'
EFFECT_HINT = "write effect=kk.Effect(...)."
TIMES = WholeNumber(least=1, most=10_000, example=4)
ONE_EFFECT, SEVERAL_EFFECTS = whole(Effect), list_of(whole(Effect))
DAY = np.timedelta64(1, "D")


def _write_effects(effects: tuple[Effect, ...]) -> Any:
    if len(effects) > 1:
        return SEVERAL_EFFECTS.write(effects)
    return ONE_EFFECT.write(effects[0]) if effects else None


def _read_effects(given: Any) -> tuple[Effect, ...]:
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        return (ONE_EFFECT.read(given),)
    if len(given) < 2:
        raise ValueError(f"several effects are needed in a list, got {len(given)}")
    effects: tuple[Effect, ...] = SEVERAL_EFFECTS.read(given)
    return effects


EFFECTS = Form(law="an effect, a list of effects or null", write=_write_effects, read=_read_effects)
"""One effect is stored by itself, as it was before an action could have several."""


def _step(step: Any) -> Any:
    return tuple(step) if isinstance(step, list) else step


def _two_rungs(_: object, attribute: Attribute[Any], step: Any) -> None:
    two = isinstance(step, tuple) and len(step) == 2 and all(map(SAYS_SOMETHING.holds, step)) and step[0] != step[1]
    if step is not None and not two:
        raise refusal(step, attribute.name, law="two different rungs, (from, to), as texts", hint=STEP_HINT)


def _whole(value: Any) -> Any:
    return int(value) if is_number(value) and float(value).is_integer() else value


@frozen(kw_only=True, init=False)
class Action(Stored):
    """A marketing action on one customer, repeated `per_year` times a year.

    A plan for a shorter or longer period has proportionally fewer or more repetitions: `times_in(budget)`.

    Attributes:
        name: unique name, used in every table.
        objective: the action serves the strategies with the same objective.
        lever: product, price, distribution, information, reputation, influence or service.
        step: the rung it starts from and the rung it aims at: the action is then for customers on the first only.
        cost: money per repetition and customer, >= 0.
        hours: hours of work per repetition and customer, >= 0.
        per_year: repetitions in twelve months, a whole number from 1 to 10,000.
        benefit: level of the customer's benefit on a scale of your own (0 is none): the plan checks that benefits do
            not fall as the rung rises.
        effects: what a repetition does, each on another quantity and for the same time. A single one may be given as
            `effect`, which takes the place of one in `effects`. Without an effect the action is only recommended, and
            no money or hours are planned for it.

    >>> letter = Action(name="letter", objective="repeat", lever="information", cost=12, hours=0.05, per_year=2)
    >>> from kundkarriar import Budget
    >>> year, quarter = (Budget(money=1000, hours=0, period=period) for period in ("2027", "2027-Q1"))
    >>> letter.times_in(year), letter.cost_in(year), letter.hours_in(year)
    (2, 24.0, 0.1)
    >>> letter.times_in(quarter), letter.cost_in(quarter)
    (1, 12.0)
    """

    stored_as = "action"
    name: str = field(validator=SAYS_SOMETHING)
    objective: str = field(validator=OBJECTIVE)
    lever: str = field(validator=LEVER)
    step: tuple[str, ...] | None = field(default=None, converter=_step, validator=_two_rungs)
    cost: float = field(converter=to_float, validator=AMOUNT)
    hours: float = field(converter=to_float, validator=AMOUNT)
    per_year: int = field(default=1, converter=_whole, validator=TIMES)
    benefit: float | None = field(default=None, converter=to_float, validator=optional(AMOUNT))
    effects: tuple[Effect, ...] = field(
        default=(), converter=as_tuple, validator=all_instances_of(Effect), metadata=written(EFFECTS, name="effect")
    )

    def __init__(
        self,
        *,
        name: str,
        objective: str,
        lever: str,
        step: Iterable[str] | None = None,
        cost: float,
        hours: float,
        per_year: int = 1,
        benefit: float | None = None,
        effects: Effect | Iterable[Effect] = (),
        effect: Effect | None = None,
    ) -> None:
        if effect is not None:
            stated = as_tuple(effects)
            if len(stated) > 1:
                law = "`effect` takes the place of a single one of `effects`."
                raise DataError.because(law, hint="give one of both.")
            own = read_object(effect, "effect", kind=Effect, law="kk.Effect(...)", hint=EFFECT_HINT)
            effects = (own,) if all(isinstance(each, Effect) for each in stated) else effects
        self.__attrs_init__(
            name=name,
            objective=objective,
            lever=lever,
            step=step,
            cost=cost,
            hours=hours,
            per_year=per_year,
            benefit=benefit,
            effects=effects,
        )

    def __attrs_post_init__(self) -> None:
        acts_on = [each.on for each in self.effects]
        if twice := sorted({on for on in acts_on if acts_on.count(on) > 1}):
            law = f"the action {self.name!r} has several effects on {' and on '.join(twice)}."
            raise DataError.because(law, hint="state what they do together as one effect.")
        if "promotion" in acts_on and self.step is None:
            raise refusal(None, "step", law=f"the promotion that {self.name!r} works on", hint=STEP_HINT)
        if "promotion" in acts_on and len(acts_on) > 1:
            law = f"the action {self.name!r} has an effect on promotion, which holds all that the step brings."
            raise DataError.because(law, hint="leave the other effects out, or state them instead of it.")
        if len({each.lasts for each in self.effects if each.on in WHILE_TREATED}) > 1:
            law = f"the effects of {self.name!r} must last equally long, as one contact treats by all of them."
            raise DataError.because(law, hint="give them one `lasts`, or make two actions of them.")

    @property
    def effect(self) -> Effect | None:
        """The effect of an action that has one, None without one.

        Raises:
            CapabilityError: the action has several effects.
        """
        if len(self.effects) > 1:
            law = f"the action {self.name!r} has {len(self.effects)} effects, and not one."
            raise CapabilityError.because(law, hint="read action.effects.")
        return self.effects[0] if self.effects else None

    @property
    def acts_on_process(self) -> bool:
        """Whether what it adds follows from the purchase process, and not from a promotion or stated money alone."""
        return any(each.on in WHILE_TREATED for each in self.effects)

    def times_in(self, budget: Budget) -> int:
        """Repetitions in the budget's period: `per_year` times its share of twelve months, rounded, at least 1."""
        read_object(budget, "budget", kind=Budget, hint=BUDGET_HINT)
        return max(1, round(self.per_year * budget.months / 12))

    def cost_in(self, budget: Budget) -> float:
        """Money per treated customer over the budget's period."""
        return self.cost * self.times_in(budget)

    def hours_in(self, budget: Budget) -> float:
        """Hours per treated customer over the budget's period."""
        return self.hours * self.times_in(budget)

    def treated_in(self, budget: Budget, *, start: Any) -> tuple[tuple[str, str | None], ...]:
        """First and last day of the time that each contact treats, as text; None: until the end of the horizon.

        The contacts of a customer are spread evenly from `start` over the budget's period, the first on `start`.

        >>> from kundkarriar import Budget
        >>> mail = Effect(on="spend", mean=1.1, low=1, high=1.2, lasts="6W", evidence="assumed", relative_to="none")
        >>> mails = Action(name="mail", objective="grow", lever="product", cost=1, hours=0, per_year=2, effect=mail)
        >>> mails.treated_in(Budget(money=1000, hours=0, period="2027"), start="2027-01-01")
        (('2027-01-01', '2027-02-11'), ('2027-07-02', '2027-08-12'))
        """
        times = self.times_in(budget)
        first = np.datetime64(budget.start_day(start), "D")
        lasts = next((each.lasts for each in self.effects if each.on in WHILE_TREATED), None)
        if lasts is None:
            return ((str(first), None),)
        days = (budget.last_day - first + DAY).astype(np.int64) * np.arange(times) // times
        return tuple((str(day), str(Period.of(lasts).after(day) - DAY)) for day in first + days)

    @property
    def changes_price(self) -> bool:
        """Whether the action changes the price; a discount tends to stay with the customer."""
        return self.lever == "price"


def names_of(named: Iterable[Any]) -> str:
    """The names of actions or strategies, for a short repr."""
    return repr([each.name for each in named])


def as_actions(given: Action | Iterable[Action]) -> tuple[Action, ...]:
    """Actions as a tuple; a single action as a tuple of one. The field's validator refuses other values."""
    return as_tuple(given)
