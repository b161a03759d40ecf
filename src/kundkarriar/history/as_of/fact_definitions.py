"""Definitions of the facts of `kk.facts`, which rungs and rules use: the function that computes each, by column."""

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import Period, day_number
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.history.as_of.fact_source import FactSource
from kundkarriar.history.as_of.facts_as_of import QUARTERS


def facts_at(source: FactSource, day: np.datetime64, columns: Iterable[str]) -> dict[str, Any]:
    """The named facts as of the end of `day`, and attributes of customers: one value per customer, (n,).

    A column `events_...` is NaN for all customers if no events frame was given, and 0 for customers without such
    an event. The case of the event's name does not matter. A name that is neither a fact nor a column of events is an
    attribute: a column of the frame library of the ids, while facts are arrays.

    Raises:
        DataError: the name of a column `events_...` is not valid.
    """
    view, attributes = _FactsOnDay(source, day.astype("datetime64[D]")), source.attributes
    answer: dict[str, Any] = {}
    for name in columns:
        if is_event_column(name):
            answer[name] = _event_fact(view, name)
        elif name not in FACTS and attributes is not None:
            answer[name] = attributes.column(name)
        else:
            answer[name] = FACTS[name](view)
    return answer


class _FactsOnDay:
    """Facts as of one day, with what several of them share."""

    def __init__(self, source: FactSource, day: np.datetime64) -> None:
        self.source = source
        self.date = day
        self.day = day_number(day)
        self.count = source.purchase_count(self.day)

    def ago(self, span: str) -> int:
        return day_number(Period.of(span).before(self.date))

    def first(self) -> Whole:
        """Day of the first purchase, (n,); `NEVER` for customers who have not bought by the day."""
        return np.where(self.count > 0, self.source.first_purchase, NEVER)

    @cached_property
    def latest(self) -> Whole:
        """Day of the latest purchase up to the day, (n,); `NEVER` without one."""
        return self.source.latest_purchase(self.day)


def _quarters_active(view: _FactsOnDay) -> Whole:
    edges = [view.count, *(view.source.purchase_count(view.ago(span)) for span in QUARTERS)]
    count = np.zeros(len(view.count), dtype=np.int8)
    for later, earlier in pairwise(edges):
        count += later > earlier
    return count.astype(np.int64)


def _days_since(view: _FactsOnDay) -> Array:
    return np.where(view.count > 0, view.day - view.latest, np.nan)


def _typical_gap(view: _FactsOnDay) -> Array:
    length, gap = view.latest - view.source.first_purchase, np.full(len(view.count), np.nan)
    np.divide(length, view.count - 1, out=gap, where=view.count > 1)
    return gap


def _first_contact(view: _FactsOnDay) -> NDArray[np.datetime64]:
    known = view.source.known_since
    return _dates(np.where(known <= view.day, known, NEVER))


FACTS: dict[str, Callable[[_FactsOnDay], NDArray[Any]]] = {
    "purchase_days": lambda view: view.count,
    "purchase_days_12M": lambda view: view.count - view.source.purchase_count(view.ago("12M")),
    "purchase_days_1M": lambda view: view.count - view.source.purchase_count(view.ago("1M")),
    "quarters_active_12M": _quarters_active,
    "value_12M": lambda view: view.source.value(after=view.ago("12M"), until=view.day),
    "value_1M": lambda view: view.source.value(after=view.ago("1M"), until=view.day),
    "total_value": lambda view: view.source.value(after=None, until=view.day),
    "days_since_purchase": _days_since,
    "typical_gap": _typical_gap,
    "regularity": lambda view: view.source.regularity(view.day),
    "first_purchase": lambda view: _dates(view.first()),
    "last_purchase": lambda view: _dates(view.latest),
    "first_contact": _first_contact,
}
"""The function that computes each fact, by the name of its column."""
MONEY = ("value_12M", "value_1M", "total_value")
"""The facts that purchases without amounts do not have."""


def _event_fact(view: _FactsOnDay, name: str) -> NDArray[Any]:
    column, source = EventColumn.checked(name), view.source
    if not source.has_events:
        return np.full(source.n, np.nan)
    after = None if column.window is None else view.ago(column.window)
    if column.measure is None:
        return source.event_count(column.event, after=after, until=view.day)
    if column.measure == "last":
        return source.event_last(column.event, until=view.day)
    return source.event_mean(column.event, after=after, until=view.day)


def _dates(day: Whole) -> NDArray[np.datetime64]:
    """Days since 1970-01-01 as dates, (n,); `NEVER` becomes NaT."""
    return day.astype("datetime64[D]").astype("datetime64[us]")
