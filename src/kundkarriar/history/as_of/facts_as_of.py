"""Facts about every customer as of any day, computed from sorted arrays of purchases, ledger entries and events."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen

from kundkarriar.history.as_of.entries_by_day import EntriesByDay
from kundkarriar.history.as_of.event_columns import WINDOWS, EventColumn, is_event_column
from kundkarriar.history.as_of.events import NEVER_VALUED
from kundkarriar.history.as_of.regularity import regularity, unevenness
from kundkarriar.history.as_of.windows import days, ends, first_days, latest_means, means, starts
from kundkarriar.history.calendar_months import month_of
from kundkarriar.history.ledger.date_columns import NEVER
from kundkarriar.history.period import Period
from kundkarriar.numerics.money.exact_sums import by_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from kundkarriar.history.as_of.events import Events
    from kundkarriar.history.purchase_days import PurchaseDays

UNDATED = np.iinfo(np.int64).max
QUARTERS = ("3M", "6M", "9M", "12M")
LAGS = (0, *sorted({round(Period.of(span).in_units("M")) for span in (*QUARTERS, *WINDOWS)}))
"""Lags in months at which a day changes facts: its own month end, and the month ends at which it leaves a window."""


@frozen(kw_only=True, eq=False)
class FactsAsOf:
    """Purchases and events of all customers, from which facts as of any day are computed.

    Attributes:
        days: purchase days and ledger entries.
        events: events by name; None if no events frame was given.
        purchase_entries, ledger_entries: the same purchase days and ledger entries, indexed by day.
    """

    days: PurchaseDays
    events: Events | None = None
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

    @cached_property
    def unevenness(self) -> NDArray[np.float64]:
        """The terms of `regularity`, one per purchase day, (m,)."""
        return unevenness(code=self.days.code, day=self.days.day)

    @property
    def known_since(self) -> NDArray[np.int64]:
        """Day of each customer's first contact, purchase or event, (n,); `NEVER` where none has a date."""
        day = np.where(self.days.known_since == NEVER, UNDATED, self.days.known_since)
        for keys in () if self.events is None else self.events.keys.values():
            day = np.minimum(day, first_days(keys=keys, n=self.n, none=UNDATED))
        return np.where(day == UNDATED, NEVER, day)

    @property
    def first_purchase_day(self) -> NDArray[np.int64]:
        """Each customer's first purchase day, (n,); `NEVER` for prospects."""
        buyers = np.unique(self.days.code)
        first = np.full(self.n, NEVER)
        first[buyers] = self.days.day[self.purchase_entries.start[buyers]]
        return first

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.days.customers)

    @property
    def purchase_number_and_gap(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Number of each purchase day within its customer (from 1), and the mean gap up to it in days, (m,) each.

        The gap is NaN at a customer's first purchase day.
        """
        first = self.purchase_entries.start[self.days.code]
        before = np.arange(len(first)) - first
        since = (self.days.day - self.days.day[first]).astype(float)
        return before + 1, np.divide(since, before, out=np.full(len(first), np.nan), where=before > 0)

    def months_of_change(self) -> NDArray[np.int64]:
        """Months, counted from 1970-01, at whose end a fact may differ from the month before.

        `days_since_purchase` grows every day and is not considered. As of a month end, windows are calendar months, so
        a day leaves a window together with its month.
        """
        events = () if self.events is None else self.events.keys.values()
        dated = self.known_since[self.known_since != NEVER]
        all_days = (self.purchase_entries.day, self.ledger_entries.day, dated, *map(days, events))
        month = [month_of(_distinct_days(day)) for day in all_days]
        return np.unique(np.unique(np.concatenate(month)) + np.array(LAGS)[:, None])

    def purchases_until(self, day: np.datetime64) -> NDArray[np.int64]:
        """Position after each customer's last purchase day up to `day`, (n,)."""
        return self.purchase_entries.ends(_number(day))

    def ledger_until(self, day: np.datetime64) -> NDArray[np.int64]:
        """Position after each customer's last ledger entry up to `day`, (n,)."""
        return self.ledger_entries.ends(_number(day))

    def value_between(self, after: np.datetime64, until: np.datetime64) -> NDArray[np.float64]:
        """Net value in the days (after, until], (n,)."""
        return by_window(self.days.ledger_amount, self.ledger_until(after), self.ledger_until(until))

    def events_until(self, name: str, day: np.datetime64) -> NDArray[np.int64]:
        """Number of events of that name up to `day`, (n,)."""
        keys = np.empty(0, np.int64) if self.events is None else self.events.keys_of(name)
        return ends(keys=keys, n=self.n, day=_number(day)) - starts(keys=keys, n=self.n)

    def event_values_until(
        self, name: str, day: np.datetime64, *, measure: str, since: np.datetime64 | None = None
    ) -> NDArray[np.float64]:
        """Value of the events of that name in the days (since, day], (n,); NaN where no event has a value.

        Args:
            name: of the event, in lower case.
            day: the last day that counts.
            measure: "mean" of all values, or "last": the mean of the last day with a value.
            since: the day before the window; None for all days up to `day`.
        """
        keys, value = NEVER_VALUED if self.events is None else self.events.values_of(name)
        end = ends(keys=keys, n=self.n, day=_number(day))
        start = starts(keys=keys, n=self.n) if since is None else ends(keys=keys, n=self.n, day=_number(since))
        if measure == "last":
            return latest_means(keys=keys, values=value, start=start, end=end)
        return means(values=value, start=start, end=end)

    def facts_at(self, day: np.datetime64, columns: Iterable[str]) -> dict[str, NDArray[Any]]:
        """The named facts as of the end of `day`: one value per customer, (n,).

        A column `events_...` is NaN for all customers if no events frame was given, and 0 for customers without such
        an event. The case of the event's name does not matter.

        Raises:
            DataError: the name of a column `events_...` is not valid.
        """
        view = _FactsOnDay(self, day.astype("datetime64[D]"))
        return {name: _event_fact(view, name) if is_event_column(name) else FACTS[name](view) for name in columns}


class _FactsOnDay:
    """Facts as of one day, with the positions that several facts share."""

    def __init__(self, facts_as_of: FactsAsOf, day: np.datetime64) -> None:
        self.facts_as_of = facts_as_of
        self.day = day
        self.start = facts_as_of.purchase_entries.start
        self.end = facts_as_of.purchases_until(day)
        self.count = self.end - self.start

    def ago(self, span: str) -> np.datetime64:
        return Period.of(span).before(self.day)

    def day_at(self, position: NDArray[np.int64]) -> NDArray[np.int64]:
        """The purchase day at each position, (n,); `NEVER` for customers without a purchase day."""
        if not len(self.facts_as_of.days.day):
            return np.full(self.facts_as_of.n, NEVER)
        days = self.facts_as_of.days.day[np.clip(position, 0, len(self.facts_as_of.days.day) - 1)]
        return np.where(self.count > 0, days, NEVER)


def _quarters_active(view: _FactsOnDay) -> NDArray[np.int64]:
    edges = [view.end, *(view.facts_as_of.purchases_until(view.ago(span)) for span in QUARTERS)]
    active = [later > earlier for later, earlier in pairwise(edges)]
    count: NDArray[np.int64] = np.stack(active).sum(axis=0, dtype=np.int64)
    return count


def _total_value(view: _FactsOnDay) -> NDArray[np.float64]:
    start = view.facts_as_of.ledger_entries.start
    return by_window(view.facts_as_of.days.ledger_amount, start, view.facts_as_of.ledger_until(view.day))


def _days_since(view: _FactsOnDay) -> NDArray[np.float64]:
    return np.where(view.count > 0, _number(view.day) - view.day_at(view.end - 1).astype(float), np.nan)


def _typical_gap(view: _FactsOnDay) -> NDArray[np.float64]:
    length = view.day_at(view.end - 1) - view.day_at(view.start)
    return np.where(view.count > 1, length / np.maximum(view.count - 1, 1), np.nan)


def _first_contact(view: _FactsOnDay) -> NDArray[np.datetime64]:
    known = view.facts_as_of.known_since
    return _dates(np.where(known <= _number(view.day), known, NEVER))


FACTS: dict[str, Callable[[_FactsOnDay], NDArray[Any]]] = {
    "purchase_days": lambda view: view.count,
    "purchase_days_12M": lambda view: view.end - view.facts_as_of.purchases_until(view.ago("12M")),
    "quarters_active_12M": _quarters_active,
    "value_12M": lambda view: view.facts_as_of.value_between(view.ago("12M"), view.day),
    "total_value": _total_value,
    "days_since_purchase": _days_since,
    "typical_gap": _typical_gap,
    "regularity": lambda view: regularity(uneven=view.facts_as_of.unevenness, start=view.start, end=view.end),
    "first_purchase": lambda view: _dates(view.day_at(view.start)),
    "last_purchase": lambda view: _dates(view.day_at(view.end - 1)),
    "first_contact": _first_contact,
}
"""The function that computes each fact, by the name of its column."""


def _event_fact(view: _FactsOnDay, name: str) -> NDArray[Any]:
    column = EventColumn.checked(name)
    if view.facts_as_of.events is None:
        return np.full(view.facts_as_of.n, np.nan)
    if column.measure is not None:
        since = None if column.window is None else view.ago(column.window)
        return view.facts_as_of.event_values_until(column.event, view.day, measure=column.measure, since=since)
    so_far = view.facts_as_of.events_until(column.event, view.day)
    return (
        so_far
        if column.window is None
        else so_far - view.facts_as_of.events_until(column.event, view.ago(column.window))
    )


def _distinct_days(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """The distinct days, ascending; a table over all days is faster than sorting the rows."""
    if not len(day):
        return day
    seen = np.zeros(int(day.max() - day.min()) + 1, dtype=bool)
    seen[day - day.min()] = True
    return np.asarray(np.flatnonzero(seen) + day.min())


def _number(day: np.datetime64) -> int:
    return int(day.astype("datetime64[D]").astype(np.int64))


def _dates(day: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Days since 1970-01-01 as dates, (n,); `NEVER` becomes NaT."""
    return day.astype("datetime64[D]").astype("datetime64[us]")
