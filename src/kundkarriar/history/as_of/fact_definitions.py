"""Definitions of the facts of `kk.facts`, which rungs and rules use: the function that computes each, by column."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import Period, day_number
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.history.as_of.facts_as_of import QUARTERS, FactsAsOf
from kundkarriar.history.as_of.regularity import regularity
from kundkarriar.history.sorted_entries import ends, latest_means, means, starts
from kundkarriar.numerics.money.exact_sums import by_window

NO_KEYS = np.empty(0, np.int64)


def facts_at(facts_as_of: FactsAsOf, day: np.datetime64, columns: Iterable[str]) -> dict[str, Any]:
    """The named facts as of the end of `day`, and attributes of customers: one value per customer, (n,).

    A column `events_...` is NaN for all customers if no events frame was given, and 0 for customers without such
    an event. The case of the event's name does not matter. A name that is neither a fact nor a column of events is an
    attribute: a column of the frame library of the ids, while facts are arrays.

    Raises:
        DataError: the name of a column `events_...` is not valid.
    """
    view = _FactsOnDay(facts_as_of, day.astype("datetime64[D]"))
    answer: dict[str, Any] = {}
    for name in columns:
        if is_event_column(name):
            answer[name] = _event_fact(view, name)
        elif name not in FACTS and facts_as_of.attributes is not None:
            answer[name] = facts_as_of.attributes.column(name)
        else:
            answer[name] = FACTS[name](view)
    return answer


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

    def value_from(self, start: Whole) -> Array:
        """Net value of the ledger entries from these positions up to the day, (n,)."""
        entries = self.facts_as_of.ledger_entries
        return by_window(self.facts_as_of.days.ledger_amount, start, entries.ends(day_number(self.day)))

    def day_at(self, position: Whole) -> Whole:
        """The purchase day at each position, (n,); `NEVER` for customers without a purchase day."""
        if not len(self.facts_as_of.days.day):
            return np.full(self.facts_as_of.n, NEVER)
        days = self.facts_as_of.days.day[np.clip(position, 0, len(self.facts_as_of.days.day) - 1)]
        return np.where(self.count > 0, days, NEVER)


def _quarters_active(view: _FactsOnDay) -> Whole:
    edges = [view.end, *(view.facts_as_of.purchases_until(view.ago(span)) for span in QUARTERS)]
    active = [later > earlier for later, earlier in pairwise(edges)]
    count: Whole = np.stack(active).sum(axis=0, dtype=np.int64)
    return count


def _days_since(view: _FactsOnDay) -> Array:
    return np.where(view.count > 0, day_number(view.day) - view.day_at(view.end - 1).astype(float), np.nan)


def _typical_gap(view: _FactsOnDay) -> Array:
    length = view.day_at(view.end - 1) - view.day_at(view.start)
    return np.where(view.count > 1, length / np.maximum(view.count - 1, 1), np.nan)


def _first_contact(view: _FactsOnDay) -> NDArray[np.datetime64]:
    known = view.facts_as_of.known_since
    return _dates(np.where(known <= day_number(view.day), known, NEVER))


FACTS: dict[str, Callable[[_FactsOnDay], NDArray[Any]]] = {
    "purchase_days": lambda view: view.count,
    "purchase_days_12M": lambda view: view.end - view.facts_as_of.purchases_until(view.ago("12M")),
    "quarters_active_12M": _quarters_active,
    "value_12M": lambda view: view.value_from(view.facts_as_of.ledger_entries.ends(day_number(view.ago("12M")))),
    "total_value": lambda view: view.value_from(view.facts_as_of.ledger_entries.start),
    "days_since_purchase": _days_since,
    "typical_gap": _typical_gap,
    "regularity": lambda view: regularity(uneven=view.facts_as_of.unevenness, start=view.start, end=view.end),
    "first_purchase": lambda view: _dates(view.day_at(view.start)),
    "last_purchase": lambda view: _dates(view.day_at(view.end - 1)),
    "first_contact": _first_contact,
}
"""The function that computes each fact, by the name of its column."""
MONEY = ("value_12M", "total_value")
"""The facts that purchases without amounts do not have."""


def _event_fact(view: _FactsOnDay, name: str) -> NDArray[Any]:
    column, n, events = EventColumn.checked(name), view.facts_as_of.n, view.facts_as_of.events
    if events is None:
        return np.full(n, np.nan)
    keys, values = events.keys.get(column.event, NO_KEYS), np.empty(0)
    if column.measure is not None:
        keys, values = events.values.get(column.event, (NO_KEYS, values))
    end = ends(keys=keys, n=n, day=day_number(view.day))
    start = starts(keys=keys, n=n)
    if column.window is not None:
        start = ends(keys=keys, n=n, day=day_number(view.ago(column.window)))
    if column.measure == "last":
        return latest_means(keys=keys, values=values, start=start, end=end)
    return end - start if column.measure is None else means(values=values, start=start, end=end)


def _dates(day: Whole) -> NDArray[np.datetime64]:
    """Days since 1970-01-01 as dates, (n,); `NEVER` becomes NaT."""
    return day.astype("datetime64[D]").astype("datetime64[us]")
