"""A rung of a ladder: its condition, and how a customer's earlier rungs count."""

from typing import Any

from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import NAME, WholeNumber, as_shown, read_many
from kundkarriar.dates.period import Period
from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of
from kundkarriar.ladder.rungs.grace import Hold
from kundkarriar.rules.condition import A_CONDITION, CONDITION, Condition
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import or_null, written

MONTHS = WholeNumber(least=0, most=1_200, example=12)
"""The law of a time on a rung."""
MOST_RUNGS = 100
"""Most rungs of a ladder: chains have a probability for each pair, and a byte holds a rung with its flag of lapse."""


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
    months: int = field(validator=MONTHS)


@frozen(kw_only=True)
class Rung(Stored):
    """A rung of the ladder: customers on it are those who meet its condition at a month end.

    Attributes:
        name: in lower case, as it is read: "repeat buyer".
        when: the condition, on a customer's facts (see `kk.facts`) at a month end, and on attributes: columns of
            `customers=`, which count as of every month alike.
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
    when: Condition = field(validator=A_CONDITION, metadata=written(CONDITION))
    hold: Hold | None = field(default=None, validator=optional(instance_of(Hold)))
    after: After | None = field(default=None, validator=optional(instance_of(After)))
    proxy: Condition | None = field(default=None, validator=optional(A_CONDITION), metadata=written(or_null(CONDITION)))

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
        """The facts and attributes that the conditions need, each once."""
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


def as_rungs(given: Any) -> tuple[Rung, ...]:
    """Two rungs or more, at most `MOST_RUNGS`, as a tuple."""
    hint = 'from low to high: rungs=[kk.Rung(name="prospect", when=kk.column("purchase_days") >= 0), ...].'
    rungs = (given,) if isinstance(given, Rung) else read_many(given, "rungs", law="kk.Rung objects", hint=hint)
    if other := [each for each in rungs if not isinstance(each, Rung)]:
        raise DataError.because(f"`rungs` are made of kk.Rung objects, got {as_shown(other[0])}.", hint=hint)
    if len(rungs) < 2:
        raise DataError.because(f"`rungs` are two or more, got {len(rungs)}.", hint=hint)
    if len(rungs) > MOST_RUNGS:
        raise DataError.because(f"`rungs` are at most {MOST_RUNGS}, got {len(rungs):,}.", hint=hint)
    return rungs
