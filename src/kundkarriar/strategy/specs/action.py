"""A marketing action on a customer: its objective, cost and effect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
from kundkarriar.effects.effect import Effect
from kundkarriar.fields import instance_of
from kundkarriar.stored import Stored
from kundkarriar.strategy.specs.budget import BUDGET_HINT, Budget
from kundkarriar.strategy.specs.vocabulary import LEVER, OBJECTIVE

STEP_HINT = 'write step=("trial buyer", "repeat buyer").'
TIMES = WholeNumber(least=1, most=10_000, example=4)


def _step(step: Any) -> Any:
    return tuple(step) if isinstance(step, list) else step


def _two_rungs(_: object, attribute: Attribute[Any], step: Any) -> None:
    two = isinstance(step, tuple) and len(step) == 2 and all(map(SAYS_SOMETHING.holds, step)) and step[0] != step[1]
    if step is not None and not two:
        raise refusal(step, attribute.name, law="two different rungs, (from, to), as texts", hint=STEP_HINT)


def _whole(value: Any) -> Any:
    return int(value) if is_number(value) and float(value).is_integer() else value


@frozen(kw_only=True)
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
        effect: joint effect of all repetitions in the budget's period on the values over the horizon of the scores.
            Without an effect the action is only recommended, and no money or hours are planned for it.

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
    effect: Effect | None = field(default=None, validator=optional(instance_of(Effect)))

    def __attrs_post_init__(self) -> None:
        if self.effect is not None and self.effect.on == "promotion" and self.step is None:
            raise refusal(None, "step", law=f"the promotion that {self.name!r} works on", hint=STEP_HINT)

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
