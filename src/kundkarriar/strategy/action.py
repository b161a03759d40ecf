"""One thing that can be done with a customer: what it is for, what it costs, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import asdict, field, fields_dict, frozen
from attrs.validators import instance_of, optional

from kundkarriar.fields import not_negative, positive
from kundkarriar.stored import SCHEMA, fields_of, reading
from kundkarriar.strategy.effect import Effect
from kundkarriar.strategy.vocabulary import LEVERS, OBJECTIVES, one_of, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def _step(step: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if step is None else tuple(step)


def _times(value: float) -> int:
    if value != value // 1:
        raise ValueError(f"'per_year' must be a whole number of times: {value}")
    return int(value)


@frozen(kw_only=True)
class Action:
    """Something done with one customer, `per_year` times in the plan's period.

    Attributes:
        name: what it is called in every table.
        objective: what it is for; it serves the strategies with the same objective.
        lever: product, price, distribution, information, reputation, influence or service.
        step: the rung it starts from and the rung it aims at; it is then done only with customers on the
            first of them.
        cost: money per time and customer, >= 0.
        hours: hours of work per time and customer, >= 0.
        per_year: times in the plan's period, > 0.
        benefit: how much the customer gets from it, as a level of your own (0 is none): the plan checks that
            benefits do not fall as the rung rises.
        effect: what a period of it does. Without one the action is only recommended: no value is made up for
            it, and no money or hours are planned.

    >>> letter = Action(name="letter", objective="repeat", lever="information", cost=12, hours=0.05, per_year=2)
    >>> letter.yearly_cost, letter.yearly_hours
    (24.0, 0.1)
    """

    name: str = field(validator=said)
    objective: str = field(validator=one_of(OBJECTIVES))
    lever: str = field(validator=one_of(LEVERS))
    step: tuple[str, ...] | None = field(default=None, converter=_step)
    cost: float = field(converter=float, validator=not_negative)
    hours: float = field(converter=float, validator=not_negative)
    per_year: int = field(default=1, converter=_times, validator=positive)
    benefit: float | None = field(default=None, validator=optional(not_negative))
    effect: Effect | None = field(default=None, validator=optional(instance_of(Effect)))

    def __attrs_post_init__(self) -> None:
        step = self.step
        if step is not None and (len(step) != 2 or step[0] == step[1]):
            raise ValueError(f"'step' must be two different rungs, from and to: {step!r}")
        if self.effect is not None and self.effect.on == "promotion" and step is None:
            raise ValueError(
                f"'step' must say which promotion {self.name!r} works on, "
                'for instance step=("trial buyer", "repeat buyer")'
            )

    @property
    def yearly_cost(self) -> float:
        """Money per treated customer over the plan's period."""
        return self.cost * self.per_year

    @property
    def yearly_hours(self) -> float:
        """Hours per treated customer over the plan's period."""
        return self.hours * self.per_year

    @property
    def changes_price(self) -> bool:
        """A discount or another price: it tends to stay with the customer."""
        return self.lever == "price"

    def to_dict(self) -> dict[str, Any]:
        """The action in JSON types."""
        plain = asdict(self, recurse=False)
        plain["step"] = None if self.step is None else list(self.step)
        plain["effect"] = None if self.effect is None else self.effect.to_dict()
        return {"schema": SCHEMA, **plain}

    @classmethod
    @reading("action")
    def from_dict(cls, stored: Mapping[str, Any]) -> Action:
        """The action that `to_dict` wrote."""
        plain = fields_of(stored, kind="action", names=fields_dict(cls))
        effect = plain.pop("effect", None)
        return cls(**plain, effect=None if effect is None else Effect.from_dict(effect))


def as_actions(given: Action | Iterable[Action]) -> tuple[Action, ...]:
    """Several actions, whatever they came in; one alone will do."""
    return (given,) if isinstance(given, Action) else tuple(given)
