"""Purchases, ledger entries and events of all customers, indexed to count and sum them up to any day."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.calendar_months import month_of
from kundkarriar.dates.dates_as_integers import NEVER, distinct_days, earliest_day
from kundkarriar.dates.period import Period, day_number
from kundkarriar.history.as_of.attributes import Attributes
from kundkarriar.history.as_of.entries_by_day import EntriesByDay
from kundkarriar.history.as_of.event_columns import WINDOWS
from kundkarriar.history.as_of.events import Events
from kundkarriar.history.as_of.regularity import regularity, unevenness
from kundkarriar.history.blocks.whole_base import WholeBase
from kundkarriar.history.purchase_days import PurchaseDays
from kundkarriar.history.sorted_entries import days, ends, first_days, latest_means, means, starts
from kundkarriar.numerics.money.exact_sums import by_window

QUARTERS = ("3M", "6M", "9M", "12M")
MONTH = "1M"
NO_KEYS = np.empty(0, np.int64)
NOTHING = (NO_KEYS, np.empty(0))
LAGS = (0, *sorted({round(Period.of(span).in_units("M")) for span in (MONTH, *QUARTERS, *WINDOWS)}))
"""Lags in months at which a day changes facts: its own month end, and the month ends at which it leaves a window."""


@frozen(kw_only=True, eq=False)
class FactsAsOf:
    """Purchases and events of all customers, from which facts as of any day are computed.

    Attributes:
        days: purchase days and ledger entries.
        events: events by name; None if no events frame was given.
        attributes: the columns of `customers=`; None if no customers were given.
        base: what depends on all customers, where these are some of them; else None.
        purchase_entries, ledger_entries: the same purchase days and ledger entries, indexed by day.
    """

    days: PurchaseDays
    events: Events | None = None
    attributes: Attributes | None = None
    base: WholeBase | None = None
    purchase_entries: EntriesByDay = field(init=False)
    ledger_entries: EntriesByDay = field(init=False)

    @purchase_entries.default
    def _purchase_entries(self) -> EntriesByDay:
        return EntriesByDay.of(code=self.days.code, day=self.days.day, n=self.n)

    @ledger_entries.default
    def _ledger_entries(self) -> EntriesByDay:
        if self.days.ledger_code is self.days.code:  # no returns: the ledger is the purchase days
            return self.purchase_entries
        return EntriesByDay.of(code=self.days.ledger_code, day=self.days.ledger_day, n=self.n)

    @property
    def as_of(self) -> np.datetime64:
        """The last day that was read."""
        return self.days.ledger.as_of

    @property
    def priced(self) -> bool:
        """Whether the purchases have amounts."""
        return self.days.ledger.priced

    def before(self, day: np.datetime64) -> FactsAsOf:
        """The facts as of an earlier day, from the same rows; nothing after that day counts.

        Raises:
            DataError: all transactions lie after that day.

        Warns:
            DataWarning: events belong to customers who were not known by then; they are left out.
        """
        days = PurchaseDays.of(self.days.ledger.before(day))
        attributes = None if self.attributes is None else self.attributes.read_for(days.ledger)
        events = None if self.events is None else Events.until(day, self.events.rows, customers=days.customers)
        return FactsAsOf(days=days, events=events, attributes=attributes)

    def without_events(self) -> FactsAsOf:
        """The facts of purchases and attributes alone."""
        return self if self.events is None else evolve(self, events=None)

    @cached_property
    def unevenness(self) -> Array:
        """The terms of `regularity`, one per purchase day, (m,)."""
        return unevenness(code=self.days.code, day=self.days.day)

    @property
    def known_since(self) -> Whole:
        """Day of each customer's first contact, purchase or event, (n,); `NEVER` where none has a date."""
        events = () if self.events is None else self.events.keys.values()
        return earliest_day(
            self.days.ledger.known_since, *(first_days(keys=keys, n=self.n, none=NEVER) for keys in events)
        )

    @property
    def customers(self) -> nw.Series[Any]:
        """The ids, (n,)."""
        return self.days.customers

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.days.customers)

    @property
    def purchase_number_and_gap(self) -> tuple[Whole, Array]:
        """Number of each purchase day within its customer (from 1), and the mean gap up to it in days, (m,) each.

        The gap is NaN at a customer's first purchase day.
        """
        first = self.purchase_entries.start[self.days.code]
        before = np.arange(len(first)) - first
        since = (self.days.day - self.days.day[first]).astype(float)
        return before + 1, np.divide(since, before, out=np.full(len(first), np.nan), where=before > 0)

    @cached_property
    def first_purchase(self) -> Whole:
        """Day of each customer's first purchase, (n,); `NEVER` without one."""
        return self._day_at(self.purchase_entries.start, some=np.bincount(self.days.code, minlength=self.n) > 0)

    @property
    def has_events(self) -> bool:
        """Whether events were given."""
        return self.events is not None

    def purchase_count(self, day: int) -> Whole:
        """Number of purchase days up to and including `day`, (n,)."""
        entries = self.purchase_entries
        return np.subtract(entries.ends(day), entries.start, dtype=np.int64)  # type: ignore[no-any-return]

    def latest_purchase(self, day: int) -> Whole:
        """The latest purchase day up to `day`, (n,); `NEVER` without one."""
        end = self.purchase_entries.ends(day)
        return self._day_at(end - 1, some=end > self.purchase_entries.start)

    def value(self, *, after: int | None, until: int) -> Array:
        """Net value of the ledger entries after `after` (None: from the first) up to `until`, (n,)."""
        entries = self.ledger_entries
        start = entries.start if after is None else entries.ends(after)
        return by_window(self.days.ledger_amount, start, entries.ends(until))

    def regularity(self, day: int) -> Array:
        """Shape of the gaps between the purchase days up to `day`, (n,); NaN with fewer than three gaps."""
        entries = self.purchase_entries
        return regularity(uneven=self.unevenness, start=entries.start, end=entries.ends(day))

    def event_count(self, event: str, *, after: int | None, until: int) -> Whole:
        """Number of events of a name after `after` (None: from the first) up to `until`, (n,)."""
        start, end = self._event_window(self._events.keys.get(event, NO_KEYS), after=after, until=until)
        return end - start

    def event_mean(self, event: str, *, after: int | None, until: int) -> Array:
        """Mean value of the events of a name that have one, (n,); NaN without any."""
        keys, values = self._events.values.get(event, NOTHING)
        start, end = self._event_window(keys, after=after, until=until)
        return means(values=values, start=start, end=end)

    def event_last(self, event: str, *, until: int) -> Array:
        """Mean value of the events of a name on the last day up to `until` on which one has a value, (n,)."""
        keys, values = self._events.values.get(event, NOTHING)
        start, end = self._event_window(keys, after=None, until=until)
        return latest_means(keys=keys, values=values, start=start, end=end)

    @property
    def _events(self) -> Events:
        if self.events is None:
            raise ValueError("no events were given")
        return self.events

    def _event_window(self, keys: Whole, *, after: int | None, until: int) -> tuple[Whole, Whole]:
        """Positions of each customer's first event after `after`, and after the last one up to `until`, (n,)."""
        start = starts(keys=keys, n=self.n) if after is None else ends(keys=keys, n=self.n, day=after)
        return start, ends(keys=keys, n=self.n, day=until)

    def _day_at(self, position: Whole, *, some: Mask) -> Whole:
        """The purchase day at each position, (n,); `NEVER` for all but `some` customers."""
        if not len(self.days.day):
            return np.full(self.n, NEVER)
        return np.where(some, np.take(self.days.day, position, mode="clip"), NEVER)

    def months_of_changing_facts(self) -> Whole:
        """Months, counted from 1970-01, at whose end a fact may differ from the month before.

        `days_since_purchase` grows every day and is not considered. As of a month end, windows are calendar months, so
        a day leaves a window together with its month.
        """
        events = () if self.events is None else self.events.keys.values()
        dated = self.known_since[self.known_since != NEVER]
        others = [distinct_days(day)[0] for day in (dated, *map(days, events))]
        month = [month_of(day) for day in (self.purchase_entries.days, self.ledger_entries.days, *others)]
        return np.unique(np.unique(np.concatenate(month)) + np.array(LAGS)[:, None])

    def purchases_until(self, day: np.datetime64) -> Whole:
        """Position after each customer's last purchase day up to `day`, (n,)."""
        return self.purchase_entries.ends(day_number(day))
