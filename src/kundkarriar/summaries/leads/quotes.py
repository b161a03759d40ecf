"""The table of quotes, as leads of a model of first purchases: months from each quote to the next order, or to now."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arguments import NAME
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import read_ids
from kundkarriar.dates.dates_as_integers import date_ticks
from kundkarriar.dates.period import DAYS, as_day, day_number
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame, require
from kundkarriar.history.as_of.events import read_events
from kundkarriar.history.ledger.ledger import read_ledger
from kundkarriar.history.ledger.transaction_rows import without_amounts
from kundkarriar.history.sorted_entries import SPAN, keys
from kundkarriar.summaries.leads.lead_columns import KNOWN, MADE, QUOTE

NEED = "quotes"


def quotes(events: FrameT, transactions: Any, *, as_of: Any, event: str = "quote") -> FrameT:
    """Months from each quote to the customer's next order, or to the end of `as_of` where the quote is open.

    The table is one of leads, with a quote in place of a lead: `kk.FirstPurchase()` fits it and says how likely an
    order is by the age of an open quote. An order on the day of a quote or later closes all of the customer's open
    quotes as won, because the data do not say which one was accepted: the chance is that of an order by the customer.
    `months` of the open ones is their time in stage.

    Args:
        events: one row per event: customer_id, date, event (its name), any columns of quotes, such as value.
        transactions: standard transactions, as from `kk.transactions`; without rows where nobody has bought.
        as_of: the last day that counts. Later quotes and orders are not read.
        event: the name of the event that is a quote, in any case.

    Returns:
        quote_id (1, 2, ... in the order of `events`), customer_id, months (of 365.25 / 12 days, the day of the quote
        included, > 0), bought (whether an order followed), months_known (from the quote to `as_of`), date, and the
        other columns of `events`.

    Raises:
        DataError: there is no such event by `as_of`; a column is missing or has the wrong type, or has the name of one
            that is made.

    >>> import pandas as pd
    >>> days = pd.to_datetime(["2026-01-01", "2026-03-01"])
    >>> sent = pd.DataFrame({"customer_id": ["a", "b"], "date": days, "event": "quote", "value": [900.0, 250.0]})
    >>> orders = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2026-02-15"]), "amount": [880.0]})
    >>> quotes(sent, orders, as_of="2026-06-30").drop(columns="date").round(2)
       quote_id customer_id  months  bought  months_known  value
    0         1           a    1.51    True          5.95  900.0
    1         2           b    4.01   False          4.01  250.0
    """
    frame, wanted = narrow(events, need=NEED), NAME.read(event, "event").strip().lower()
    last = as_day(as_of, name="as_of")
    ids = read_ids(frame, need=NEED, shown=("date", "event"))
    bought_on = np.empty(0, np.int64)
    if _nobody_bought(transactions, last=day_number(last)):
        code, customers = customer_codes(ids)
    else:
        ledger = read_ledger(transactions, as_of=last, need=NEED)
        code, customers = customer_codes(
            ids, known=ledger.customers, need=NEED, frame_name="the events", known_name="the transactions"
        )
        owner = np.repeat(np.arange(len(ledger.purchases.count)), ledger.purchases.count)
        bought_on = keys(code=owner, day=ledger.purchase_day)
    rows = read_events(events, customers=customers, as_of=last, bought=bought_on % SPAN - SPAN // 2).rows
    at = np.flatnonzero((rows.name == wanted) & (rows.day <= day_number(last)))
    if not len(at):
        raise DataError.because(
            f"{NEED}: there is no event {wanted!r} by {last}, of {len(frame):,} events.",
            hint=f"write event=...; the events are {sorted(set(rows.name.tolist()))[:8]}.",
        )
    if taken := [name for name in (QUOTE, *MADE) if name in frame.columns]:
        raise DataError.because(
            f"{NEED} makes the columns {taken}, and `events` has them already.",
            hint=f"rename or drop them: events.drop(columns={taken}).",
        )
    sent = keys(code=code[at], day=rows.day[at])
    place = np.searchsorted(bought_on, sent)
    next_order = np.append(bought_on, np.iinfo(np.int64).max)[place]
    won = next_order // SPAN == code[at]
    known = (day_number(last) + 1 - rows.day[at]) / DAYS["M"]  # a quote is there from the start of its day
    return new_frame(
        {
            QUOTE: at + 1,
            "customer_id": frame["customer_id"][at],
            "months": np.where(won, (np.where(won, next_order - sent, 0) + 1) / DAYS["M"], known),
            "bought": won,
            KNOWN: known,
            **{name: frame[name][at] for name in frame.columns if name not in {"customer_id", "event"}},
        },
        like=events,
    )


def _nobody_bought(transactions: Any, *, last: int) -> bool:
    """Whether transactions have no rows, or none up to the day `last`."""
    frame = narrow(transactions, need=NEED)
    require(frame, ["customer_id", "date", *([] if without_amounts(frame) else ["amount"])], need=NEED)
    return not len(frame) or bool(date_ticks(frame, "date", need=NEED).min() > last)
