"""The day of each known customer's first purchase, also of a firm where nobody has bought."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arrays import Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.dates.dates_as_integers import NEVER, date_ticks
from kundkarriar.dates.period import as_day, day_number
from kundkarriar.frames import NarrowFrame, narrow, require
from kundkarriar.history.ledger.ledger import known_customers, read_ledger
from kundkarriar.history.ledger.transaction_rows import without_amounts


@frozen(kw_only=True, eq=False)
class KnownLeads:
    """Known customers with their first contact and their first purchase.

    Attributes:
        customers: ids of all customers, the known ones first in their order, (N,).
        contact: day of the first contact of the known ones, (n,); `NEVER` without one.
        purchase: day of the first purchase of the known ones up to the last day, (n,); `NEVER` without one.
        days: all days with purchases, (m,), and `code` the customer of each, sorted by customer and day.
        last: the last day read.
    """

    customers: nw.Series[Any]
    contact: Whole
    purchase: Whole
    days: Whole
    code: Whole
    last: int


def known_leads(customers: NarrowFrame, transactions: Any, *, as_of: Any, need: str) -> KnownLeads:
    """Read customers and their purchases up to and including `as_of`; there may be no such purchases.

    Raises:
        DataError: as `read_ledger`.
    """
    last, n = as_day(as_of, name="as_of"), len(customers)
    if nobody_bought(transactions, last=day_number(last), need=need):
        nothing = np.empty(0, np.int64)
        ids, contact = unique_ids(customers, need=f"{need}: `customers`", hint=ONE_ROW_HINT), np.full(n, NEVER)
        if "first_contact" in customers.columns:
            _, contact = known_customers(customers, np.empty(0, np.int64), ticks=1, need=need)
        return KnownLeads(
            customers=ids,
            contact=contact,
            purchase=np.full(n, NEVER),
            days=nothing,
            code=nothing,
            last=day_number(last),
        )
    ledger = read_ledger(transactions, as_of=last, customers=customers, need=need)
    bought = ledger.purchases
    return KnownLeads(
        customers=ledger.customers,
        contact=ledger.contact[:n],
        purchase=ledger.first_purchase_day[:n],
        days=ledger.purchase_day,
        code=np.repeat(np.arange(len(bought.count)), bought.count),
        last=day_number(last),
    )


def nobody_bought(transactions: Any, *, last: int, need: str) -> bool:
    """Whether transactions have no rows, or none up to the day `last`."""
    frame = narrow(transactions, need=need)
    require(frame, ["customer_id", "date", *([] if without_amounts(frame) else ["amount"])], need=need)
    return not len(frame) or bool(date_ticks(frame, "date", need=need).min() > last)
