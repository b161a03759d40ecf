"""A marketing action on a customer: its objective, cost and effect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import Attribute, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import COUNT_FROM_1, NOT_NEGATIVE
from kundkarriar.fields import instance_of
from kundkarriar.stored import Stored
from kundkarriar.strategy.specs.budget import Budget
from kundkarriar.strategy.specs.effect import Effect
from kundkarriar.strategy.specs.field_types import as_tuple, is_number, to_float
from kundkarriar.strategy.specs.vocabulary import LEVERS, OBJECTIVES, nonempty_text, one_of


def _step(step: Any) -> Any:
    return tuple(step) if isinstance(step, list) else step


def _two_rungs(_: object, attribute: Attribute[Any], step: object) -> None:
    texts = isinstance(step, tuple) and all(isinstance(rung, str) and rung.strip() for rung in step)
    if step is not None and not (texts and len(step) == 2 and step[0] != step[1]):  # type: ignore[arg-type, index]
        raise ValueError(f"'{attribute.name}' must be two different rungs, (from, to), as texts: {step!r}")


def _whole(value: Any) -> Any:
    return int(value) if is_number(value) and value == value // 1 else value


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
        per_year: repetitions in twelve months, a whole number > 0.
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
    name: str = field(validator=nonempty_text)
    objective: str = field(validator=one_of(OBJECTIVES))
    lever: str = field(validator=one_of(LEVERS))
    step: tuple[str, ...] | None = field(default=None, converter=_step, validator=_two_rungs)
    cost: float = field(converter=to_float, validator=NOT_NEGATIVE)
    hours: float = field(converter=to_float, validator=NOT_NEGATIVE)
    per_year: int = field(default=1, converter=_whole, validator=COUNT_FROM_1)
    benefit: float | None = field(default=None, converter=to_float, validator=optional(NOT_NEGATIVE))
    effect: Effect | None = field(default=None, validator=optional(instance_of(Effect)))

    def __attrs_post_init__(self) -> None:
        if self.effect is not None and self.effect.on == "promotion" and self.step is None:
            raise ValueError(
                f"'step' must say which promotion {self.name!r} works on, "
                'for instance step=("trial buyer", "repeat buyer")'
            )

    def times_in(self, budget: Budget) -> int:
        """Repetitions in the budget's period: `per_year` times its share of twelve months, rounded, at least 1."""
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


def as_actions(given: Action | Iterable[Action]) -> tuple[Action, ...]:
    """Actions as a tuple; a single action as a tuple of one. The field's validator refuses other values."""
    return as_tuple(given)
