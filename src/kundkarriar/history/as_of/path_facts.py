"""Facts of histories that go on as drawn: each path is a customer's history and the days that were added to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import day_number
from kundkarriar.history.as_of.attributes import Attributes
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.as_of.regularity import shape_of_gaps, unevenness
from kundkarriar.history.sorted_entries import sums


@frozen(kw_only=True, eq=False)
class KnownFacts:
    """Counts and sums of a history, kept by day: all paths of all customers ask for the same few days.

    Attributes:
        facts_as_of: the history.
    """

    facts_as_of: FactsAsOf
    _kept: dict[Any, NDArray[Any]] = field(init=False, factory=dict, repr=False)

    @property
    def last(self) -> int:
        """The last day of the history; nothing of it lies after."""
        return day_number(self.facts_as_of.as_of)

    def kept(self, key: Any, made: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """What `made` gives, made once for each key; whole numbers as 32 bits."""
        answer = self._kept.get(key)
        if answer is None:
            answer = made()
            if answer.dtype == np.int64 and (not len(answer) or np.abs(answer).max() < 2**31):
                answer = answer.astype(np.int32)
            self._kept[key] = answer
        return answer


@frozen(kw_only=True, eq=False)
class AddedDays:
    """Days that are added to the history of P paths, each after it.

    Attributes:
        path: path of each day, ascending, (a,).
        day: the day, since 1970-01-01, ascending within a path, (a,); purchase days each once.
        amount: net value of the day, (a,); None where nothing asks for money.
    """

    path: Whole
    day: Whole
    amount: Array | None = None


@frozen(kw_only=True, eq=False)
class PathFacts:
    """Purchases and events of P paths, a `FactSource`.

    A path costs only what its added days cost: counts and sums of the history are looked up by customer.

    Attributes:
        known: the history of n customers.
        customer: customer of each path, (P,).
        purchases: added purchase days.
        events: added events by name.
    """

    known: KnownFacts
    customer: Whole
    purchases: AddedDays
    events: Mapping[str, AddedDays] = field(factory=dict)
    _counts: dict[Any, Whole] = field(init=False, factory=dict, repr=False)

    @property
    def n(self) -> int:
        """Number of paths."""
        return len(self.customer)

    @property
    def customers(self) -> nw.Series[Any]:
        """The id of each path's customer, (P,)."""
        ids: nw.Series[Any] = self.known.facts_as_of.customers[self.customer.tolist()]
        return ids

    @cached_property
    def attributes(self) -> Attributes | None:
        """The columns of `customers=`, of each path's customer; None if no customers were given."""
        attributes = self.known.facts_as_of.attributes
        return None if attributes is None else attributes.at(self.customer)

    @property
    def known_since(self) -> Whole:
        """Day of the first contact, purchase or event of each path's customer, (P,)."""
        facts = self.known.facts_as_of
        return self._of_history("known since", lambda: facts.known_since)

    @cached_property
    def first_purchase(self) -> Whole:
        """Day of the first purchase, (P,); `NEVER` without one."""
        facts, added = self.known.facts_as_of, self.purchases
        first = self._of_history("first purchase", lambda: facts.first_purchase)
        if not len(added.day) or not (first == NEVER).any():
            return first
        some = np.diff(self._first_added, append=len(added.day)) > 0
        own = added.day[np.minimum(self._first_added, len(added.day) - 1)]
        return np.where((first == NEVER) & some, own, first)

    @cached_property
    def _first_added(self) -> Whole:
        """Position of each path's first added purchase day, (P,)."""
        count = np.bincount(self.purchases.path, minlength=self.n)
        return np.cumsum(count) - count

    @property
    def has_events(self) -> bool:
        """Whether events were given."""
        return self.known.facts_as_of.has_events

    def purchase_count(self, day: int) -> Whole:
        """Number of purchase days up to and including `day`, (P,)."""
        facts, until = self.known.facts_as_of, min(day, self.known.last)
        count = self._of_history(("purchases", until), lambda: facts.purchase_count(until))
        return count + self._added("purchases", self.purchases, day) if day > until else count

    def latest_purchase(self, day: int) -> Whole:
        """The latest purchase day up to `day`, (P,); `NEVER` without one."""
        facts, until, added = self.known.facts_as_of, min(day, self.known.last), self.purchases
        latest = self._of_history(("latest purchase", until), lambda: facts.latest_purchase(until))
        if day <= until or not len(added.day):
            return latest
        count = self._added("purchases", added, day)
        at = self._first_added + count - 1
        return np.where(count > 0, added.day[np.clip(at, 0, len(added.day) - 1)], latest)

    def value(self, *, after: int | None, until: int) -> Array:
        """Net value of the days after `after` (None: from the first) up to `until`, (P,)."""
        facts, last, added = self.known.facts_as_of, self.known.last, self.purchases
        begin = None if after is None else min(after, last)
        value = self._of_history(
            ("value", begin, min(until, last)), lambda: facts.value(after=begin, until=min(until, last))
        )
        if added.amount is None or until <= last:
            return value
        inside = (added.day <= until) & (True if after is None else added.day > after)
        return value + np.bincount(added.path[inside], weights=added.amount[inside], minlength=self.n)

    def regularity(self, day: int) -> Array:
        """Shape of the gaps between the purchase days up to `day`, (P,); NaN with fewer than three gaps."""
        facts, until, added = self.known.facts_as_of, min(day, self.known.last), self.purchases
        entries = facts.purchase_entries
        uneven = self._of_history(
            ("unevenness", until), lambda: sums(values=facts.unevenness, start=entries.start, end=entries.ends(until))
        )
        count = self.purchase_count(day)
        if day > until and len(added.day):
            uneven = uneven + self._unevenness_of_added(day)
        return shape_of_gaps(uneven, count=count)

    def event_count(self, event: str, *, after: int | None, until: int) -> Whole:
        """Number of events of a name after `after` (None: from the first) up to `until`, (P,)."""
        facts, last, added = self.known.facts_as_of, self.known.last, self.events.get(event)
        begin = None if after is None else min(after, last)
        end = min(until, last)
        count = self._of_history((event, "count", begin, end), lambda: facts.event_count(event, after=begin, until=end))
        if added is None or until <= last:
            return count
        before = 0 if after is None or after <= last else self._added(event, added, after)
        return np.asarray(count + self._added(event, added, until) - before)

    def event_mean(self, event: str, *, after: int | None, until: int) -> Array:
        """Mean value of the events of a name that have one, (P,); the last value where the window has run empty."""
        facts, last = self.known.facts_as_of, self.known.last
        begin = None if after is None else min(after, last)
        end = min(until, last)
        mean = self._of_history((event, "mean", begin, end), lambda: facts.event_mean(event, after=begin, until=end))
        return mean if until <= last else np.where(np.isnan(mean), self.event_last(event, until=last), mean)

    def event_last(self, event: str, *, until: int) -> Array:
        """Mean value of the events of a name on the last day up to `until` on which one has a value, (P,)."""
        facts, end = self.known.facts_as_of, min(until, self.known.last)
        return self._of_history((event, "last", end), lambda: facts.event_last(event, until=end))

    def _of_history(self, key: Any, made: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """What the history says of each path's customer, (P,)."""
        return np.asarray(self.known.kept(key, made)[self.customer])

    def _added(self, name: str, added: AddedDays, day: int) -> Whole:
        """Number of added days up to `day`, (P,)."""
        key = (name, day)
        if key not in self._counts:
            self._counts[key] = np.bincount(added.path[added.day <= day], minlength=self.n)
        return self._counts[key]

    def _unevenness_of_added(self, day: int) -> Array:
        """Sum of the unevenness at the added days up to `day`, (P,)."""
        facts, added = self.known.facts_as_of, self.purchases
        some = np.unique(added.path)
        entries, last = facts.purchase_entries, self.known.last
        end = entries.ends(last)[self.customer[some]]
        kept = np.minimum(end - entries.start[self.customer[some]], 2)
        at = np.repeat(end - kept - np.cumsum(kept) + kept, kept) + np.arange(int(kept.sum()))
        path = np.concatenate([np.repeat(some, kept), added.path])
        days = np.concatenate([facts.days.day[at] if len(at) else np.empty(0, np.int64), added.day])
        order = np.argsort(path, kind="stable")
        terms = unevenness(code=path[order], day=days[order])
        counted = (days[order] > last) & (days[order] <= day)
        return np.bincount(path[order][counted], weights=terms[counted], minlength=self.n).astype(np.float64)
