"""What facts are computed from: purchases and events of customers, counted and summed up to any day."""

from typing import Any, Protocol

import narwhals.stable.v2 as nw

from kundkarriar.arrays import Array, Whole
from kundkarriar.history.as_of.attributes import Attributes


class FactSource(Protocol):
    """Purchases and events of n customers; days count from 1970-01-01.

    `FactsAsOf` has those of a history; `PathFacts` those of histories that go on as drawn.
    """

    @property
    def n(self) -> int:
        """Number of customers."""

    @property
    def customers(self) -> nw.Series[Any]:
        """The ids, (n,)."""

    @property
    def attributes(self) -> Attributes | None:
        """The columns of `customers=`; None if no customers were given."""

    @property
    def known_since(self) -> Whole:
        """Day of each customer's first contact, purchase or event, (n,); `NEVER` where none has a date."""

    @property
    def first_purchase(self) -> Whole:
        """Day of each customer's first purchase, (n,); `NEVER` without one."""

    @property
    def has_events(self) -> bool:
        """Whether events were given."""

    def purchase_count(self, day: int) -> Whole:
        """Number of purchase days up to and including `day`, (n,)."""

    def latest_purchase(self, day: int) -> Whole:
        """The latest purchase day up to `day`, (n,); `NEVER` without one."""

    def value(self, *, after: int | None, until: int) -> Array:
        """Net value of the days after `after` (None: from the first) up to `until`, (n,)."""

    def regularity(self, day: int) -> Array:
        """Shape of the gaps between the purchase days up to `day`, (n,); NaN with fewer than three gaps."""

    def event_count(self, event: str, *, after: int | None, until: int) -> Whole:
        """Number of events of a name after `after` (None: from the first) up to `until`, (n,)."""

    def event_mean(self, event: str, *, after: int | None, until: int) -> Array:
        """Mean value of the events of a name that have one, (n,); NaN without any."""

    def event_last(self, event: str, *, until: int) -> Array:
        """Mean value of the events of a name on the last day up to `until` on which one has a value, (n,)."""
