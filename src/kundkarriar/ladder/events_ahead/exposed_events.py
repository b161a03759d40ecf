"""Events of a history by kind of customer, and the time in which they could have happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import day_number
from kundkarriar.history.as_of.events import Events
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.sorted_entries import codes, days

BUYERS, LEADS = "buyers", "leads"
"""Kinds of customers: since the first purchase, and from the first contact until then."""
LASTING = ("contract", "co_development")
"""Events that begin a state which lasts: nobody is foreseen to begin another."""
COUNTED = ("referral", "complaint", "interest", "quote")
"""Events that are counted, also where they have values. Other events with values are answers, such as satisfaction: of
them the last value counts, and none are foreseen."""


@frozen(kw_only=True, eq=False)
class ExposedEvents:
    """The events of a name while customers were of a kind.

    Attributes:
        event: the name.
        of: the kind, `BUYERS` or `LEADS`.
        counts: number of events of each customer, (n,).
        exposure: days in which each customer was of the kind, (n,).
        still: whether each customer is of the kind on the last day, (n,).
    """

    event: str
    of: str
    counts: Whole
    exposure: Array
    still: Mask


def exposed_events(
    facts_as_of: FactsAsOf, *, active: Array | None = None, names: Iterable[str] | None = None
) -> Iterator[ExposedEvents]:
    """Events name by name, of buyers and of leads: of `names`, or of all in the history that may happen again.

    A lead's time starts on the day after the first contact: the event by which somebody became known says nothing of a
    rate. A buyer's time is `active`, (n,), the expected number of days active since the first purchase; None: all days
    since then.
    """
    events = facts_as_of.events
    if events is None:
        return
    last, first, since = day_number(facts_as_of.as_of), facts_as_of.first_purchase, facts_as_of.known_since
    bought, dated = first != NEVER, (since != NEVER) & (since <= last)
    as_lead = np.where(dated, np.where(bought, first, last + 1) - 1 - since, 0)
    as_buyer = np.where(bought, last - first, 0) if active is None else np.where(bought, active, 0.0)
    for name in [name for name in events.keys if foreseen(events, name)] if names is None else names:
        keys = events.keys.get(name, np.empty(0, np.int64))
        code, day = codes(keys), days(keys)
        after = bought[code] & (day >= first[code])
        as_known = ~after & (day > since[code])
        for of, counted, exposure, still in (
            (BUYERS, after, as_buyer, bought),
            (LEADS, as_known, np.maximum(as_lead, 0), ~bought),
        ):
            counts = np.bincount(code[counted], minlength=facts_as_of.n)
            yield ExposedEvents(event=name, of=of, counts=counts, exposure=exposure.astype(float), still=still)


def days_active(facts_as_of: FactsAsOf, p_alive: Array) -> Array:
    """Expected number of days that each customer was active since the first purchase, (n,); 0 without a purchase.

    Up to the last purchase a customer was active, since then with probability `p_alive`, (n,). That is exact where
    customers leave at a purchase; where they leave between purchases, the days until they left are not counted. Of
    customers who pause and return, whole silences are counted up to the last purchase.
    """
    last, first = day_number(facts_as_of.as_of), facts_as_of.first_purchase
    latest = facts_as_of.latest_purchase(last)
    return np.where(first != NEVER, latest - first + p_alive * (last - latest), 0.0)


def foreseen(events: Events, name: str) -> bool:
    """Whether events of a name may happen again: no lasting state, and no answer with a value."""
    if name in LASTING or name in COUNTED:
        return name in COUNTED
    valued = len(events.values[name][0]) if name in events.values else 0
    return 2 * valued < len(events.keys[name])
