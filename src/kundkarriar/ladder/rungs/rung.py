"""A rung of a ladder: when a customer stands on it, and how the time before counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, fields_dict, frozen
from attrs.validators import ge, min_len, optional

from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of
from kundkarriar.history.period import Period
from kundkarriar.rules.condition import Condition
from kundkarriar.stored import SCHEMA, fields_of, part_of, reading

if TYPE_CHECKING:
    from collections.abc import Mapping


def _whole_months(_: object, attribute: Any, value: str) -> None:
    span = Period.of(value)
    if span.unit not in "MY" or not span.count.is_integer():
        raise DataError.because(
            f"`{attribute.name}` is counted at month ends, in whole months or years, got {value!r}.",
            hint=f'write {attribute.name}="3M" or "1Y".',
        )


@frozen(kw_only=True)
class Hold:
    """A rung once taken is held though its condition no longer holds: while a lower bar is met, and for a time after.

    Nobody flickers on a border: who is carried over it by one purchase is not thrown back by the next month.

    Attributes:
        grace: how long, in calendar months or years: "3M" is the three month ends after the last one on which
            the condition, or `keep`, was met. None: not at all.
        keep: what is enough to stay where one stands (hysteresis): a lower bar than the rung's own condition.

    Raises:
        DataError: neither is given, or a grace that is not whole months.

    >>> import kundkarriar as kk
    >>> print(Hold(grace="3M", keep=kk.column("purchase_days_12M") >= 2))
    kept while purchase_days_12M is at least 2, and for 3 months
    """

    grace: str | None = field(default=None, validator=optional(_whole_months))
    keep: Condition | None = field(default=None, validator=optional(instance_of(Condition)))

    @keep.validator
    def _holds_somehow(self, _: object, keep: Condition | None) -> None:
        if keep is None and self.grace is None:
            raise DataError.because(
                "a hold needs a grace, a condition to be kept by, or both.",
                hint='kk.Hold(grace="3M"), kk.Hold(keep=kk.column("purchase_days_12M") >= 2).',
            )

    @property
    def months(self) -> int:
        """The grace in months."""
        if self.grace is None:
            return 0
        span = Period.of(self.grace)
        return round(span.count) * (12 if span.unit == "Y" else 1)

    def __str__(self) -> str:
        span = "" if self.grace is None else f"for {Period.of(self.grace)}"
        if self.keep is None:
            return f"held {span}"
        return f"kept while {self.keep}" + (f", and {span}" if span else "")


@frozen(kw_only=True)
class After:
    """A rung is open only to those who have stood on another rung, or above it, long enough.

    Attributes:
        rung: the name of that rung; it lies below.
        months: for how many whole months without a break, to this day; months held by grace count.
            0: standing there now is enough.

    >>> After(rung="client", months=12)
    After(rung='client', months=12)
    """

    rung: str = field(validator=instance_of(str))
    months: int = field(validator=(instance_of(int), ge(0)))


@frozen(kw_only=True)
class Rung:
    """A step of the ladder and who stands on it.

    Attributes:
        name: lower case, as it is read: "repeat buyer".
        when: the condition, asked of a customer's facts (see `kk.facts`) at a month end.
        hold: how long, and by what, the rung is kept when the condition no longer holds; by default not at all.
        after: how long a lower rung must have been kept first; by default not at all.
        proxy: a condition on purchases alone that opens the rung in place of `when` and `after`, where the
            evidence that `when` asks for is not collected. Who stands there by proxy is marked "purchases only".

    >>> import kundkarriar as kk
    >>> print(Rung(name="client", when=kk.column("purchase_days_12M") >= 4, hold=Hold(grace="3M")))
    client: purchase_days_12M is at least 4, held for 3 months
    """

    name: str = field(validator=(instance_of(str), min_len(1)))
    when: Condition = field(validator=instance_of(Condition))
    hold: Hold | None = field(default=None, validator=optional(instance_of(Hold)))
    after: After | None = field(default=None, validator=optional(instance_of(After)))
    proxy: Condition | None = field(default=None, validator=optional(instance_of(Condition)))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What opens the rung: `when`, and `proxy` where there is one."""
        return (self.when,) if self.proxy is None else (self.when, self.proxy)

    @property
    def all_conditions(self) -> tuple[Condition, ...]:
        """Everything that is asked: what opens the rung, and what keeps it."""
        keep = () if self.hold is None or self.hold.keep is None else (self.hold.keep,)
        return (*self.conditions, *keep)

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts that the rung asks, each once."""
        return tuple(dict.fromkeys(name for asked in self.all_conditions for name in asked.needs))

    def to_dict(self) -> dict[str, Any]:
        """The rung in JSON types; `Rung.from_dict` reads it back."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "when": self.when.to_dict(),
            "hold": None if self.hold is None else _written_hold(self.hold),
            "after": None if self.after is None else {"rung": self.after.rung, "months": self.after.months},
            "proxy": None if self.proxy is None else self.proxy.to_dict(),
        }

    @classmethod
    @reading("rung")
    def from_dict(cls, data: Mapping[str, Any]) -> Rung:
        """The rung that `to_dict` wrote."""
        given = fields_of(data, kind="rung", names=fields_dict(cls))
        hold, after, proxy = given["hold"], given["after"], given["proxy"]
        return cls(
            name=given["name"],
            when=Condition.from_dict(given["when"]),
            hold=None if hold is None else _read_hold(hold),
            after=None if after is None else After(**part_of(after, kind="after", names=fields_dict(After))),
            proxy=None if proxy is None else Condition.from_dict(proxy),
        )

    def __str__(self) -> str:
        text = f"{self.name}: {self.when}"
        if self.after is not None and self.after.months:
            text += f", after {Period(self.after.months, 'M')} on {self.after.rung} or above"
        elif self.after is not None:
            text += f", from {self.after.rung} or above"
        if self.proxy is not None:
            text += f"; or, by proxy, {self.proxy}"
        return text if self.hold is None else f"{text}, {self.hold}"


def _written_hold(hold: Hold) -> dict[str, Any]:
    return {"grace": hold.grace, "keep": None if hold.keep is None else hold.keep.to_dict()}


def _read_hold(stored: Mapping[str, Any]) -> Hold:
    given = part_of(stored, kind="hold", names=fields_dict(Hold))
    keep = given["keep"]
    return Hold(grace=given["grace"], keep=None if keep is None else Condition.from_dict(keep))
