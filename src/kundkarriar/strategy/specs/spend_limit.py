"""A floor or a cap on what a plan spends on a group of customers, an owner, an action or a week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Attribute, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import AMOUNT, SAYS_SOMETHING, SHARE, is_number, refusal, to_float
from kundkarriar.errors import DataError
from kundkarriar.stored import Stored

WEEK = "week"
LIMITS_HINT = 'write caps={"A": 500}, or caps={"week": {"hours": 30}}.'


def _to_float(value: Any) -> Any:
    return None if value is None else to_float(value)


@frozen(kw_only=True)
class SpendLimit(Stored):
    """A limit of what a plan spends on something that it names.

    Attributes:
        of: the name of a strategy, an owner, an objective, an action, a lever, a class, a rung or a group; or "week",
            for the work of each week.
        money: amount of money, >= 0, or None.
        hours: hours of work, >= 0, or None.
        share: share of the money to plan, 0 to 1, or None.

    >>> SpendLimit(of="A", share=0.3)
    SpendLimit(of='A', money=None, hours=None, share=0.3)
    """

    stored_as = "limit of spend"
    of: str = field(validator=SAYS_SOMETHING)
    money: float | None = field(default=None, converter=_to_float, validator=optional(AMOUNT))
    hours: float | None = field(default=None, converter=_to_float, validator=optional(AMOUNT))
    share: float | None = field(default=None, converter=_to_float, validator=optional(SHARE))

    def __attrs_post_init__(self) -> None:
        if self.money is None and self.hours is None and self.share is None:
            raise DataError.because(f"the limit of {self.of!r} needs `money`, `hours` or a `share`.", hint=LIMITS_HINT)
        if self.money is not None and self.share is not None:
            law = f"left out where the limit of {self.of!r} has `money`"
            raise refusal(self.share, "share", law=law, hint="leave one of them out.")
        if self.of == WEEK and (self.money is not None or self.share is not None):
            raise DataError.because("a limit of each week is one of hours.", hint=LIMITS_HINT)


def as_limits(given: Any, name: str) -> Any:
    """Limits from a mapping of names to money, or to money, hours and share by name; None for none."""
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        return tuple(given) if isinstance(given, list | tuple) else given
    return tuple(_limit(of, each, name) for of, each in given.items())


def _limit(of: Any, amounts: Any, name: str) -> SpendLimit:
    if not SAYS_SOMETHING.holds(of):
        raise refusal(of, name, law="limits by name", hint=LIMITS_HINT)
    if is_number(amounts):
        return SpendLimit(of=of, money=amounts)
    known = ("money", "hours", "share")
    if not isinstance(amounts, Mapping) or not amounts or not set(amounts) <= set(known):
        law = f"money, or any of {list(known)} by name, for {of!r}"
        raise refusal(amounts, name, law=law, hint=LIMITS_HINT)
    return SpendLimit(of=of, **amounts)


def all_limits(_: object, attribute: Attribute[Any], given: Any) -> None:
    """Validator: limits, each name once."""
    if not isinstance(given, tuple) or not all(isinstance(each, SpendLimit) for each in given):
        raise refusal(given, attribute.name, law="limits by name", hint=LIMITS_HINT)
    names = [each.of for each in given]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError.because(f"`{attribute.name}` limits {twice} more than once.", hint="write one limit for each.")
