"""What rungs and rules may ask of a customer as of a date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kundkarriar.frames import new_frame
from kundkarriar.history.as_of.event_columns import event_columns
from kundkarriar.history.as_of.events import read_events
from kundkarriar.history.as_of.facts_as_of import FACTS, Past
from kundkarriar.history.period import as_day
from kundkarriar.history.purchase_days import purchase_days

if TYPE_CHECKING:
    from kundkarriar.frames import FrameT


def facts(transactions: FrameT, *, as_of: Any, customers: FrameT | None = None, events: FrameT | None = None) -> FrameT:
    """What is known of each customer at the end of the day `as_of`, from their history and nothing fitted.

    Windows are months back and open at the far end. As of the last day of a month they are calendar months and
    quarters: 3M on 1998-06-30 is April, May and June. As of any other day they step back to the same number in its
    month (or to the last day of a shorter one): 3M on 1998-06-29 is every day after 1998-03-29.

    Args:
        transactions: customer_id, date, amount; nothing after `as_of` is read.
        as_of: the last day that counts.
        customers: everyone known (customer_id, optional first_contact): they come out first, in their order,
            also without a purchase. Buyers that are not among them follow.
        events: customer_id, date, event (its name), optional value; nothing after `as_of` is read.

    Returns:
        One row per customer: customer_id; purchase_days and purchase_days_12M (int); quarters_active_12M (how
        many of the last four trailing quarters have a purchase day, 0-4); value_12M and total_value (net of
        returns); days_since_purchase; typical_gap (mean days between purchase days, missing under two);
        regularity (1: at random, above 1: regular, below 1: in clumps, at most 100; missing under three gaps);
        first_purchase, last_purchase, first_contact (dates); and with `events`, for each event e that happened,
        events_e, events_e_12M, events_e_24M (int), and where some of them have a value, events_e_mean,
        events_e_mean_12M, events_e_mean_24M and events_e_last (the mean of the last day that has one); missing where
        there is no value.

    Raises:
        DataError: a column is missing or not what it should be, or `as_of` lies before the data; a first contact or
            an event is of a day that systems write for none.

    Warns:
        DataWarning: `as_of` lies more than 20 years after the data, a first contact or an event far from all other
            dates, or events are of customers who are unknown.

    Source of regularity: Wheat and Morrison (1990), see `numerics.regularity`.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> known = facts(transactions, as_of="1998-06-30")
    >>> known[["customer_id", "purchase_days", "purchase_days_12M", "typical_gap", "last_purchase"]].head(2)
       customer_id  purchase_days  purchase_days_12M  typical_gap last_purchase
    0            4              4                  2        115.0    1997-12-12
    1           21              2                  0         12.0    1997-01-13
    """
    past = read_past(transactions, as_of=as_of, customers=customers, events=events)
    columns = past.facts_at(as_day(as_of, name="as_of"), fact_columns(past))
    return new_frame({"customer_id": past.days.customers, **columns}, like=transactions)


def read_past(transactions: Any, *, as_of: Any, customers: Any, events: Any) -> Past:
    """Transactions and events up to `as_of`, checked and sorted, ready to be asked about any earlier day."""
    days = purchase_days(transactions, as_of=as_of, customers=customers)
    if events is None:
        return Past(days=days)
    day = as_day(as_of, name="as_of")
    return Past(days=days, events=read_events(events, customers=days.customers, as_of=day, bought=days.day))


def fact_columns(past: Past) -> tuple[str, ...]:
    """Every fact that there is on this past, in order."""
    if past.events is None:
        return (*FACTS,)
    return (*FACTS, *event_columns(past.events.keys, valued=past.events.values))
