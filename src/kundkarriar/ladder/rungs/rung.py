"""A rung of a ladder: its condition, and how a customer's earlier rungs count."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import COUNT, NAME
from kundkarriar.dates.period import Period
from kundkarriar.fields import instance_of
from kundkarriar.ladder.rungs.grace import Hold
from kundkarriar.rules.condition import CONDITION, Condition
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import or_null, written


@frozen(kw_only=True)
class After:
    """Time on a lower rung that a rung requires: whole months there, or above it, without a break up to now.

    Attributes:
        rung: the name of the lower rung.
        months: how many whole months; months held by grace count. 0: being there now is enough.

    >>> After(rung="client", months=12)
    After(rung='client', months=12)
    """

    stored_as = "after"
    rung: str = field(validator=NAME)
    months: int = field(validator=COUNT)


@frozen(kw_only=True)
class Rung(Stored):
    """A rung of the ladder: customers on it are those who meet its condition at a month end.

    Attributes:
        name: in lower case, as it is read: "repeat buyer".
        when: the condition, on a customer's facts (see `kk.facts`) at a month end.
        hold: how customers keep the rung after the condition has ceased to hold. None: they do not.
        after: time on a lower rung that is required beside the condition. None: none is.
        proxy: a condition on purchases alone that takes the place of `when` and `after` where the events that `when`
            asks for are not collected. The evidence of customers on the rung by proxy is "purchases only".

    >>> import kundkarriar as kk
    >>> print(Rung(name="client", when=kk.column("purchase_days_12M") >= 4, hold=Hold(grace="3M")))
    client: purchase_days_12M is at least 4, held for 3 months
    """

    stored_as = "rung"
    name: str = field(validator=NAME)
    when: Condition = field(validator=instance_of(Condition), metadata=written(CONDITION))
    hold: Hold | None = field(default=None, validator=optional(instance_of(Hold)))
    after: After | None = field(default=None, validator=optional(instance_of(After)))
    proxy: Condition | None = field(
        default=None, validator=optional(instance_of(Condition)), metadata=written(or_null(CONDITION))
    )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions that open the rung: `when`, and `proxy` where there is one."""
        return (self.when,) if self.proxy is None else (self.when, self.proxy)

    @property
    def all_conditions(self) -> tuple[Condition, ...]:
        """The conditions that open the rung, and the lower bar that keeps it."""
        keep = () if self.hold is None or self.hold.keep is None else (self.hold.keep,)
        return (*self.conditions, *keep)

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts that the conditions need, each once."""
        return tuple(dict.fromkeys(name for condition in self.all_conditions for name in condition.needs))

    def __str__(self) -> str:
        text = f"{self.name}: {self.when}"
        if self.after is not None and self.after.months:
            text += f", after {Period(self.after.months, 'M')} on {self.after.rung} or above"
        elif self.after is not None:
            text += f", from {self.after.rung} or above"
        if self.proxy is not None:
            text += f"; or, by proxy, {self.proxy}"
        return text if self.hold is None else f"{text}, {self.hold}"
