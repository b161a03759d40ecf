"""A target: the value of a metric that a strategy is to reach, and until when."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from kundkarriar.arguments import AMOUNT, MONEY, SHARE, Text, to_float
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError
from kundkarriar.stored import Stored

METRICS = {
    "share that buys": "the share of customers with at least one purchase",
    "purchases": "purchases per customer",
    "spend": "spend per customer, before returns",
    "net value": "contribution per customer, before the cost of the plan's actions",
}
"""What targets may be set on, in the order of noise: a comparison of as many customers sees less of each later one.

No metric counts customers who are still active: that is never observed, but in who buys. Numbers of customers on a rung
follow from who buys, too.
"""
LAWS = {"share that buys": SHARE, "purchases": AMOUNT, "spend": AMOUNT, "net value": MONEY}


def _day(value: Any) -> str:
    return str(as_day(value, name="until"))


@frozen(kw_only=True)
class Target(Stored):
    """What a strategy is to reach: a metric, its value, and the day by which.

    Metrics are means over the customers with the strategy, so that they can be compared between treated and held out.

    Attributes:
        metric: "share that buys" (customers with at least one purchase), "purchases" (per customer), "spend" (per
            customer, before returns) or "net value" (contribution per customer, before the cost of the actions).
        value: what it is to be, from the plan's first day to `until`.
        until: the day by which, as text.

    >>> Target(metric="share that buys", value=0.2, until="2027-12-31")
    Target(metric='share that buys', value=0.2, until='2027-12-31')
    >>> Target(metric="happiness", value=0.2, until="2027-12-31")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `metric` must be one of 'share that buys', 'purchases', 'spend', 'net value', got
    'happiness'.
    <BLANKLINE>
    Hint: write metric='share that buys'.
    """

    stored_as = "target"
    metric: str = field(validator=Text(among=METRICS))
    value: float = field(converter=to_float, validator=MONEY)
    until: str = field(converter=_day)

    def __attrs_post_init__(self) -> None:
        LAWS[self.metric].read(self.value, "value", hint=f"{self.metric} is {METRICS[self.metric]}.")


def refuse_before(target: Target, day: str, *, of: str) -> None:
    """Refuse the target of the strategy named `of` whose `until` lies before the plan's first day."""
    if target.until < day:
        raise DataError.because(
            f"the target of the strategy {of!r} is until {target.until}, before the plan's first day, {day}.",
            hint="give the target a day within the plan, or start the plan before it.",
        )
