"""What is known of every customer at the end of any day: facts, read from arrays that are sorted once."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen

from kundkarriar.history.as_of.arrivals import Arrivals
from kundkarriar.history.as_of.event_columns import WINDOWS, EventColumn, is_event_column
from kundkarriar.history.as_of.events import NEVER_VALUED
from kundkarriar.history.as_of.regularity import regularity, unevenness
from kundkarriar.history.as_of.windows import days, ends, first_days, latest_means, means, starts
from kundkarriar.history.calendar_months import month_of
from kundkarriar.history.ledger import NEVER
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
"""How many month ends after it a day changes facts: the first one, and those at which it leaves a window."""


@frozen(kw_only=True, eq=False)
class Past:
    """Purchases and events of all customers, ready to be asked what was known on a day.

    Attributes:
        days: purchase days and ledger.
        events: events by name; None where no events frame was given.
        bought, moved: purchase days and ledger, to be counted up to any day.
    """

    days: PurchaseDays
    events: Events | None = None
    bought: Arrivals = field(init=False)
    moved: Arrivals = field(init=False)

    @bought.default
    def _bought(self) -> Arrivals:
        return Arrivals.of(code=self.days.code, day=self.days.day, n=self.n)

    @moved.default
    def _moved(self) -> Arrivals:
        if self.days.ledger_code is self.days.code:  # nothing was returned: the same days
            return self.bought
        return Arrivals.of(code=self.days.ledger_code, day=self.days.ledger_day, n=self.n)

    @cached_property
    def uneven(self) -> NDArray[np.float64]:
        """What regularity is summed from, at each purchase day, (m,)."""
        return unevenness(code=self.days.code, day=self.days.day)

    @property
    def known_since(self) -> NDArray[np.int64]:
        """The day each customer became known: first contact, purchase or event, (n,); `NEVER` where none is dated."""
        day = np.where(self.days.first_contact == NEVER, UNDATED, self.days.first_contact)
        for found in () if self.events is None else self.events.keys.values():
            day = np.minimum(day, first_days(keys=found, n=self.n, none=UNDATED))
        return np.where(day == UNDATED, NEVER, day)

    @property
    def first_bought(self) -> NDArray[np.int64]:
        """Each customer's first purchase day, (n,); `NEVER` for prospects."""
        buyers = np.unique(self.days.code)
        first = np.full(self.n, NEVER)
        first[buyers] = self.days.day[self.bought.start[buyers]]
        return first

    @property
    def n(self) -> int:
        """How many customers."""
        return len(self.days.customers)

    @property
    def purchase(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """How many purchase days a customer had had by each, and the mean gap between them, NaN for the first, (m,)."""
        first = self.bought.start[self.days.code]
        before = np.arange(len(first)) - first
        since = (self.days.day - self.days.day[first]).astype(float)
        return before + 1, np.divide(since, before, out=np.full(len(first), np.nan), where=before > 0)

    def months_of_change(self) -> NDArray[np.int64]:
        """Months at whose end a fact may differ from the month before, from 1970-01; silence apart, which grows daily.

        Windows of month ends are calendar months, so that a day leaves them with its month.
        """
        events = () if self.events is None else self.events.keys.values()
        dated = self.known_since[self.known_since != NEVER]
        month = [month_of(_different(found)) for found in (self.bought.day, self.moved.day, dated, *map(days, events))]
        return np.unique(np.unique(np.concatenate(month)) + np.array(LAGS)[:, None])

    def bought_by(self, day: np.datetime64) -> NDArray[np.int64]:
        """Position after each customer's last purchase day up to `day`, (n,)."""
        return self.bought.ends(_number(day))

    def moved_by(self, day: np.datetime64) -> NDArray[np.int64]:
        """Position after each customer's last ledger entry up to `day`, (n,)."""
        return self.moved.ends(_number(day))

    def value_between(self, after: np.datetime64, until: np.datetime64) -> NDArray[np.float64]:
        """Net value in the days (after, until], (n,)."""
        return by_window(self.days.ledger_amount, self.moved_by(after), self.moved_by(until))

    def events_by(self, name: str, day: np.datetime64) -> NDArray[np.int64]:
        """How many events of that name up to `day`, (n,)."""
        found = np.empty(0, np.int64) if self.events is None else self.events.keys_of(name)
        return ends(keys=found, n=self.n, day=_number(day)) - starts(keys=found, n=self.n)

    def event_values_by(
        self, name: str, day: np.datetime64, *, measure: str, since: np.datetime64 | None = None
    ) -> NDArray[np.float64]:
        """The mean value of the events of that name in the days (since, day], or the last value, (n,).

        The last value is the mean of the last day that has one. NaN where no event has a value.
        """
        found, value = NEVER_VALUED if self.events is None else self.events.values_of(name)
        end = ends(keys=found, n=self.n, day=_number(day))
        start = starts(keys=found, n=self.n) if since is None else ends(keys=found, n=self.n, day=_number(since))
        if measure == "last":
            return latest_means(keys=found, values=value, start=start, end=end)
        return means(values=value, start=start, end=end)

    def facts_at(self, day: np.datetime64, columns: Iterable[str]) -> dict[str, NDArray[Any]]:
        """The facts named, as known at the end of `day`: one value per customer, (n,).

        A column `events_...` is missing throughout where no events frame was given, and 0 where one was given
        in which that never happened. Case does not count in the name of the event.

        Raises:
            DataError: a column that counts no events.
        """
        view = _View(self, day.astype("datetime64[D]"))
        return {name: _event_fact(view, name) if is_event_column(name) else FACTS[name](view) for name in columns}


class _View:
    """A past on one day, with the positions that several facts share."""

    def __init__(self, past: Past, day: np.datetime64) -> None:
        self.past = past
        self.day = day
        self.start = past.bought.start
        self.end = past.bought_by(day)
        self.count = self.end - self.start

    def ago(self, span: str) -> np.datetime64:
        return Period.of(span).before(self.day)

    def day_at(self, position: NDArray[np.int64]) -> NDArray[np.int64]:
        """The purchase day at a position, (n,); `NEVER` for customers without a purchase day."""
        if not len(self.past.days.day):
            return np.full(self.past.n, NEVER)
        days = self.past.days.day[np.clip(position, 0, len(self.past.days.day) - 1)]
        return np.where(self.count > 0, days, NEVER)


def _quarters_active(view: _View) -> NDArray[np.int64]:
    edges = [view.end, *(view.past.bought_by(view.ago(span)) for span in QUARTERS)]
    active = [later > earlier for later, earlier in pairwise(edges)]
    count: NDArray[np.int64] = np.stack(active).sum(axis=0, dtype=np.int64)
    return count


def _total_value(view: _View) -> NDArray[np.float64]:
    start = view.past.moved.start
    return by_window(view.past.days.ledger_amount, start, view.past.moved_by(view.day))


def _days_since(view: _View) -> NDArray[np.float64]:
    return np.where(view.count > 0, _number(view.day) - view.day_at(view.end - 1).astype(float), np.nan)


def _typical_gap(view: _View) -> NDArray[np.float64]:
    length = view.day_at(view.end - 1) - view.day_at(view.start)
    return np.where(view.count > 1, length / np.maximum(view.count - 1, 1), np.nan)


def _first_contact(view: _View) -> NDArray[np.datetime64]:
    known = view.past.known_since
    return _dates(np.where(known <= _number(view.day), known, NEVER))


FACTS: dict[str, Callable[[_View], NDArray[Any]]] = {
    "purchase_days": lambda view: view.count,
    "purchase_days_12M": lambda view: view.end - view.past.bought_by(view.ago("12M")),
    "quarters_active_12M": _quarters_active,
    "value_12M": lambda view: view.past.value_between(view.ago("12M"), view.day),
    "total_value": _total_value,
    "days_since_purchase": _days_since,
    "typical_gap": _typical_gap,
    "regularity": lambda view: regularity(uneven=view.past.uneven, start=view.start, end=view.end),
    "first_purchase": lambda view: _dates(view.day_at(view.start)),
    "last_purchase": lambda view: _dates(view.day_at(view.end - 1)),
    "first_contact": _first_contact,
}
"""Each fact by its name."""


def _event_fact(view: _View, name: str) -> NDArray[Any]:
    asked = EventColumn.checked(name)
    if view.past.events is None:
        return np.full(view.past.n, np.nan)
    if asked.measure is not None:
        since = None if asked.window is None else view.ago(asked.window)
        return view.past.event_values_by(asked.event, view.day, measure=asked.measure, since=since)
    so_far = view.past.events_by(asked.event, view.day)
    return so_far if asked.window is None else so_far - view.past.events_by(asked.event, view.ago(asked.window))


def _different(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days without their repetitions: they are few beside the rows, and a table of them is faster than a sort."""
    if not len(day):
        return day
    seen = np.zeros(int(day.max() - day.min()) + 1, dtype=bool)
    seen[day - day.min()] = True
    return np.asarray(np.flatnonzero(seen) + day.min())


def _number(day: np.datetime64) -> int:
    return int(day.astype("datetime64[D]").astype(np.int64))


def _dates(day: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Days since 1970 as dates, (n,); `NEVER` is NaT."""
    return day.astype("datetime64[D]").astype("datetime64[us]")
