"""A strategy: an objective for the customers that meet a condition, with its reason."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import SAYS_SOMETHING, as_tuple, read_object, refusal
from kundkarriar.dates.period import as_day
from kundkarriar.fields import all_instances_of, instance_of
from kundkarriar.rules.condition import CONDITION, Condition
from kundkarriar.stored import Stored, part
from kundkarriar.stored_forms import LATER, or_null, written
from kundkarriar.strategy.specs.action import Action, as_actions, names_of
from kundkarriar.strategy.specs.target import Target
from kundkarriar.strategy.specs.vocabulary import OBJECTIVE, OBJECTIVES


def _is_condition(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, Condition):
        hint = 'write kk.column("rung").equals("client"), or kk.condition(...) around a function.'
        raise refusal(value, attribute.name, law="a condition", hint=hint)


def _words(_: object, attribute: Attribute[Any], words: Any) -> None:
    if not all(map(SAYS_SOMETHING.holds, words)):
        law, hint = "names of actions, objectives or levers", f'write {attribute.name}=("selling",).'
        raise refusal(words, attribute.name, law=law, hint=hint)


def _valid_from(value: Any) -> str | None:
    return None if value is None else str(as_day(value, name="valid_from"))


def _valid_until(value: Any) -> str | None:
    return None if value is None else str(as_day(value, name="valid_until"))


@frozen(kw_only=True)
class Strategy(Stored):
    """One line of a playbook: a condition on customers, an objective, and how success is measured.

    Attributes:
        name: unique name, used in every table.
        when: condition on the customers: `kk.column("rung").equals("trial buyer")`.
        objective: acquire, activate, repeat, grow, retain, appreciate, win_back, develop, harvest, refer or
            reprice.
        actions: the only actions that its customers may get. Empty: every action whose own conditions allow it.
        forbids: actions that its customers do not get, by name, objective or lever, or "selling" for all objectives
            that sell (activate, repeat, grow, develop). A plan tells what that costs.
        prefers: actions, in the same words, that come first: a customer to whom one of them adds more than it costs
            gets no other. A plan tells what that costs.
        target: what it is to reach, `kk.Target`; or None.
        goal: the target: "a second purchase from one in five".
        metric: the measure of success.
        owner: the person responsible.
        valid_from, valid_until: first and last day it is valid (text, year-month-day), or None.
        reason: reason for the strategy, as a clause after "because": "they have bought once".

    >>> from kundkarriar import column
    >>> repeat = Strategy(name="second purchase", when=column("rung").equals("trial buyer"), objective="repeat",
    ...                   reason="they have bought once: the second purchase decides")
    >>> print(repeat)
    second purchase: where rung is trial buyer, repeat (bring a first purchase to a second), because they have bought
    once: the second purchase decides.
    """

    stored_as = "strategy"
    name: str = field(validator=SAYS_SOMETHING)
    when: Condition = field(validator=_is_condition, metadata=written(CONDITION))
    objective: str = field(validator=OBJECTIVE)
    actions: tuple[Action, ...] = field(
        default=(), converter=as_actions, validator=all_instances_of(Action), repr=names_of
    )
    goal: str = field(default="", validator=instance_of(str))
    metric: str = field(default="", validator=instance_of(str))
    owner: str = field(default="", validator=instance_of(str))
    valid_from: str | None = field(default=None, converter=_valid_from)
    valid_until: str | None = field(default=None, converter=_valid_until)
    reason: str = field(default="", validator=instance_of(str))
    forbids: tuple[str, ...] = field(default=(), converter=as_tuple, validator=_words, metadata=LATER)
    prefers: tuple[str, ...] = field(default=(), converter=as_tuple, validator=_words, metadata=LATER)
    target: Target | None = field(
        default=None, validator=optional(instance_of(Target)), metadata=written(or_null(part(Target)), later=True)
    )

    def __attrs_post_init__(self) -> None:
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            law = f"a day from valid_from ({self.valid_from}) on"
            raise refusal(self.valid_until, "valid_until", law=law, hint="swap them, or leave one out.")

    @property
    def because(self) -> str:
        """The reason, or the condition as text where no reason was given."""
        return self.reason or str(self.when)

    def serves(self, action: Action) -> bool:
        """Whether `action` is among `actions`, or, where `actions` is empty, has the same objective."""
        read_object(action, "action", kind=Action, hint="see kk.Action.")
        return action in self.actions if self.actions else action.objective == self.objective

    def allows(self, action: Action) -> bool:
        """Whether its customers may get `action`: it is not forbidden, and among `actions` where these are given."""
        read_object(action, "action", kind=Action, hint="see kk.Action.")
        return (action in self.actions or not self.actions) and not action.is_named_by(self.forbids)

    def holds_on(self, day: str) -> bool:
        """Whether `day` (year-month-day) lies between valid_from and valid_until."""
        asked = str(as_day(day, name="day"))
        return (self.valid_from or asked) <= asked <= (self.valid_until or asked)

    def __str__(self) -> str:
        purpose = f"{self.objective} ({OBJECTIVES[self.objective]})"
        return f"{self.name}: where {self.when}, {purpose}, because {self.because}."
