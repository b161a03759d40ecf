"""Facts about each customer as of a date, computed from transactions and events without a model."""

from typing import Any

from kundkarriar.frames import FrameT, new_frame
from kundkarriar.history.as_of.attributes import Attributes
from kundkarriar.history.as_of.event_columns import event_columns
from kundkarriar.history.as_of.events import read_events
from kundkarriar.history.as_of.fact_definitions import FACTS, MONEY, facts_at
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.blocks.lazy_history import LazyHistory
from kundkarriar.history.blocks.whole_base import WholeBase
from kundkarriar.history.ledger.ledger import read_ledger
from kundkarriar.history.purchase_days import PurchaseDays

NEED = "purchase_days"


def facts(transactions: FrameT, *, as_of: Any, customers: FrameT | None = None, events: FrameT | None = None) -> FrameT:
    """Facts about each customer at the end of the day `as_of`, computed from the history without a model.

    A window of months ends with `as_of` and excludes the day it steps back to. As of the last day of a month, windows
    are calendar months: 3M on 1998-06-30 is April, May and June. As of any other day, a window steps back to the same
    day of the month (or to the last day of a shorter month): 3M on 1998-06-29 is every day after 1998-03-29.

    Args:
        transactions: customer_id, date, amount. Rows after `as_of` are not read.
        as_of: the last day that counts.
        customers: optional, all known customers: customer_id, optional first_contact. They come first, in their order,
            also without a purchase. Buyers not among them follow.
        events: optional: customer_id, date, event (its name), optional value. Rows after `as_of` are not read.

    Returns:
        One row per customer: customer_id; purchase_days, purchase_days_12M and purchase_days_1M (int);
        quarters_active_12M (number of the last four trailing quarters with a purchase day, 0-4); value_12M, value_1M
        and total_value (net of returns; not there where purchases have no amounts); days_since_purchase; typical_gap
        (mean days between purchase days, missing with fewer than two);
        regularity (1: random, above 1: regular, below 1: clumped, at most 100; missing with fewer than three gaps);
        first_purchase, last_purchase, first_contact (dates). With `events`, for each event e: events_e,
        events_e_12M, events_e_24M (int). If some events e have a value: events_e_mean, events_e_mean_12M,
        events_e_mean_24M and events_e_last (the mean of the last day with a value), missing without a value.

    Raises:
        DataError: a column is missing or has the wrong type; `as_of` lies before the data; the date of a first contact
            or of an event is a placeholder for a missing date.

    Warns:
        DataWarning: `as_of` lies more than 20 years after the data; a first contact or an event lies far from all
            other dates; events belong to unknown customers.

    Source of regularity: Wheat and Morrison (1990), see `history/as_of/regularity.py`.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> known = facts(transactions, as_of="1998-06-30")
    >>> known[["customer_id", "purchase_days", "purchase_days_12M", "typical_gap", "last_purchase"]].head(2)
       customer_id  purchase_days  purchase_days_12M  typical_gap last_purchase
    0            4              4                  2        115.0    1997-12-12
    1           21              2                  0         12.0    1997-01-13
    """
    lazy = LazyHistory.of(transactions, as_of=as_of, customers=customers, events=events, need=NEED)
    if lazy is not None:
        answer: FrameT = lazy.mapped(
            lambda tables, base: _facts(*tables, as_of=as_of, base=base),
            whole=lambda tables: _facts(*tables, as_of=as_of),
        )
        return answer
    return _facts(transactions, customers, events, as_of=as_of)


def _facts(
    transactions: FrameT, customers: FrameT | None, events: FrameT | None, *, as_of: Any, base: WholeBase | None = None
) -> FrameT:
    """The facts of frames in memory."""
    facts_as_of = read_facts_as_of(transactions, as_of=as_of, customers=customers, events=events, base=base)
    columns = facts_at(facts_as_of, facts_as_of.as_of, fact_columns(facts_as_of))
    return new_frame({"customer_id": facts_as_of.days.customers, **columns}, like=transactions)


def read_facts_as_of(
    transactions: Any,
    *,
    as_of: Any,
    customers: Any,
    events: Any,
    need: str = NEED,
    base: WholeBase | None = None,
) -> FactsAsOf:
    """Read purchases, events and attributes up to `as_of`, from which facts as of that or any earlier day are computed.

    `need` is the caller's name, which starts the messages about transactions and customers. With `base` the rows are
    those of some of its customers.
    """
    ledger = read_ledger(transactions, as_of=as_of, customers=customers, need=need, base=base)
    days = PurchaseDays.of(ledger)
    happened, attributes = None, None
    if events is not None:
        happened = read_events(events, customers=days.customers, as_of=ledger.as_of, bought=days.day, base=base)
    if customers is not None:
        attributes = Attributes.of(customers, ledger, need=need)
    return FactsAsOf(days=days, events=happened, attributes=attributes, base=base)


def fact_columns(facts_as_of: FactsAsOf) -> tuple[str, ...]:
    """The names of all facts, in the order of their columns; those of money only where purchases have amounts."""
    facts = [name for name in FACTS if facts_as_of.priced or name not in MONEY]
    if facts_as_of.events is None:
        return (*facts,)
    return (*facts, *event_columns(facts_as_of.events.keys, valued=facts_as_of.events.values))
