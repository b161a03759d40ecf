"""The occasions that actions follow: the last purchase of each customer, the first one, or the last event of a kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.dates.dates_as_integers import NEVER, DateHints, date_ticks
from kundkarriar.dates.period import day_number
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, require
from kundkarriar.history.as_of.events import Events, read_events
from kundkarriar.history.sorted_entries import codes, days
from kundkarriar.strategy.plan.contacts.schedule import UNKNOWN
from kundkarriar.strategy.specs.action import DAY

PURCHASES = {"purchase": "last_purchase", "first purchase": "first_purchase"}
"""The column with the day of each occasion."""


def occasion_days(occasion: str, *, frame: Any, start: str, need: str, events: Events | None = None) -> Whole:
    """The day of the last occasion known of each customer, as a number since 1970-01-01, (n,); `UNKNOWN` for none.

    Args:
        occasion: "purchase", "first purchase", or the name of an event, in any case.
        frame: the customers as given, with the days of purchases.
        start: the plan's first day; purchases from then on are not read, as events are not.
        need: the caller, for messages.
        events: those of the same customers, from `events_before`.

    Raises:
        DataError: the occasion is not known here, or its column is missing.
    """
    name = occasion.strip().lower()
    if name in PURCHASES:
        table, column = narrow(frame, need=need), PURCHASES[name]
        require(table, [column], need=f"an action after a {name}")
        hints = DateHints.of_column(f'customers["{column}"]')
        given = date_ticks(table, column, need=need, nullable=True, hints=hints)
        return np.where((given == NEVER) | (given >= day_number(np.datetime64(start, "D"))), UNKNOWN, given)
    if events is None or name not in events.names:
        known = [] if events is None else sorted(events.names)
        raise DataError.because(
            f"{need}: nothing is known of {occasion!r}, which an action follows; the events are {known}.",
            hint=f"write after={occasion!r} of an event in plan(..., events=...), or one of {list(PURCHASES)}.",
        )
    return last_days(events.keys.get(name, np.zeros(0, dtype=np.int64)), n=len(narrow(frame, need=need)))


def events_before(start: str, given: Any, *, frame: Any, need: str) -> Events | None:
    """The events before the plan's first day of the customers in `frame`; later ones are not read.

    Raises:
        DataError: a column is missing; some row lacks a date, an id or a name; a date is a placeholder.

    Warns:
        DataWarning: events belong to other customers (they are left out), or lie far from the plan's start.
    """
    if given is None:
        return None
    ids = unique_ids(narrow(frame, need=need), need=need, hint=ONE_ROW_HINT)
    first = np.datetime64(start, "D")
    return read_events(given, customers=ids, as_of=first - DAY, bought=np.array([day_number(first)]))


def last_days(keys: Whole, *, n: int) -> Whole:
    """The day of each customer's last entry, (n,), of sorted keys; `UNKNOWN` where there is none."""
    answer = np.full(n, UNKNOWN)
    answer[codes(keys)] = days(keys)  # of several of a customer the last one stays
    return answer
