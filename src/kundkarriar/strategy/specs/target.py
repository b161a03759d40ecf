"""A target: the value of a metric that a strategy is to reach, and until when."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from kundkarriar.arguments import MONEY, SAYS_SOMETHING, to_float
from kundkarriar.dates.period import as_day
from kundkarriar.stored import Stored


def _day(value: Any) -> str:
    return str(as_day(value, name="until"))


@frozen(kw_only=True)
class Target(Stored):
    """What a strategy is to reach: a metric, its value, and the day by which.

    Attributes:
        metric: what is measured, of the customers with the strategy.
        value: what it is to be.
        until: the day by which, as text.

    >>> Target(metric="share that buys", value=0.2, until="2027-12-31")
    Target(metric='share that buys', value=0.2, until='2027-12-31')
    """

    stored_as = "target"
    metric: str = field(validator=SAYS_SOMETHING)
    value: float = field(converter=to_float, validator=MONEY)
    until: str = field(converter=_day)
