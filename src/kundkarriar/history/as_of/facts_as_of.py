"""Purchases, ledger entries and events of all customers, indexed to count and sum them up to any day."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.calendar_months import month_of
from kundkarriar.dates.dates_as_integers import NEVER, distinct_days, earliest_day
from kundkarriar.dates.period import Period, day_number
from kundkarriar.history.as_of.attributes import Attributes
from kundkarriar.history.as_of.entries_by_day import EntriesByDay
from kundkarriar.history.as_of.event_columns import WINDOWS
from kundkarriar.history.as_of.events import Events
from kundkarriar.history.as_of.regularity import unevenness
from kundkarriar.history.purchase_days import PurchaseDays
from kundkarriar.history.sorted_entries import days, first_days

QUARTERS = ("3M", "6M", "9M", "12M")
LAGS = (0, *sorted({round(Period.of(span).in_units("M")) for span in (*QUARTERS, *WINDOWS)}))
"""Lags in months at which a day changes facts: its own month end, and the month ends at which it leaves a window."""


@frozen(kw_only=True, eq=False)
class FactsAsOf:
    """Purchases and events of all customers, from which facts as of any day are computed.

    Attributes:
        days: purchase days and ledger entries.
        events: events by name; None if no events frame was given.
        attributes: the columns of `customers=`; None if no customers were given.
        purchase_entries, ledger_entries: the same purchase days and ledger entries, indexed by day.
    """

    days: PurchaseDays
    events: Events | None = None
    attributes: Attributes | None = None
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

    def months_of_changing_facts(self) -> Whole:
        """Months, counted from 1970-01, at whose end a fact may differ from the month before.

        `days_since_purchase` grows every day and is not considered. As of a month end, windows are calendar months, so
        a day leaves a window together with its month.
        """
        events = () if self.events is None else self.events.keys.values()
        dated = self.known_since[self.known_since != NEVER]
        all_days = (self.purchase_entries.day, self.ledger_entries.day, dated, *map(days, events))
        month = [month_of(distinct_days(day)[0]) for day in all_days]
        return np.unique(np.unique(np.concatenate(month)) + np.array(LAGS)[:, None])

    def purchases_until(self, day: np.datetime64) -> Whole:
        """Position after each customer's last purchase day up to `day`, (n,)."""
        return self.purchase_entries.ends(day_number(day))
