"""A strategy of the plan before that changes with this one."""

from __future__ import annotations

from attrs import field, frozen

from kundkarriar.arguments import COUNT, SAYS_SOMETHING
from kundkarriar.dates.period import is_day
from kundkarriar.strategy.amount_text import quantity


@frozen(kw_only=True)
class ChangedStrategy:
    """A strategy of the plan before that this one changes, or does without.

    Attributes:
        name: its name.
        change: what is other than before: "another condition".
        since: the day since which it stood unchanged.
        until: the last day of its year.
        customers: how many had it in the plan before.

    >>> vip = ChangedStrategy(name="vip", change="removed", since="2027-01-01", until="2027-12-31", customers=12)
    >>> vip.is_early("2027-12-31"), vip.is_early("2028-01-01")
    (True, False)
    >>> print(vip)
    'vip' (removed; since 2027-01-01, with 12 customers)
    """

    stored_as = "changed strategy"
    name: str = field(validator=SAYS_SOMETHING)
    change: str = field(validator=SAYS_SOMETHING)
    since: str = field(validator=is_day)
    until: str = field(validator=is_day)
    customers: int = field(validator=COUNT)

    def is_early(self, start: str) -> bool:
        """Whether its year was not out on the first day of the plan that changed it."""
        return start <= self.until

    def __str__(self) -> str:
        return f"{self.name!r} ({self.change}; since {self.since}, with {quantity(self.customers, 'customer')})"
