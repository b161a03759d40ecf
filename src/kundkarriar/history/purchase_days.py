"""Purchases day by day, as arrays: what facts, rungs and careers are counted from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.history.as_of.windows import keys
from kundkarriar.history.ledger import read_ledger

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from numpy.typing import NDArray


@frozen(kw_only=True, eq=False)
class PurchaseDays:
    """Who bought on which day and what it brought, sorted by customer, then day.

    Days count from 1970-01-01. A customer is a position in `customers`. Purchase days are days with a
    purchase that was not reversed on the same day; the ledger has every day on which money moved, returns at
    their own date (so a later return never changes what was known before), and sums to the ledger total.

    Attributes:
        customers: the ids, in the order given (`customers=` first, then by first appearance), (n,).
        first_contact: day each customer became known: first contact where given, or the day of their first
            row where that is earlier, (n,); the smallest int64 (NaT) where neither is known.
        contact: day of the first contact given, (n,); the smallest int64 where there is none.
        code, day: customer and day of each purchase day, (m,).
        spend: gross spend of that purchase day, after same-day corrections, (m,).
        ledger_code, ledger_day, ledger_amount: customer, day and net amount, (k,); `code`, `day` and `spend`
            themselves where nothing was returned.
    """

    customers: nw.Series[Any]
    first_contact: NDArray[np.int64]
    contact: NDArray[np.int64]
    code: NDArray[np.int64]
    day: NDArray[np.int64]
    spend: NDArray[np.float64]
    ledger_code: NDArray[np.int64]
    ledger_day: NDArray[np.int64]
    ledger_amount: NDArray[np.float64]


def purchase_days(transactions: object, *, as_of: Any, customers: object = None, merge: str = "D") -> PurchaseDays:
    """What each customer bought, day by day, as known at the end of the day `as_of`.

    Returns of the same day reduce that day's spend, and a purchase wholly taken back on its day is none.
    Later returns leave the purchase days as they were and stand in the ledger at their own date.

    Args:
        transactions: customer_id, date, amount (negative: a return); optional kind. Rows after `as_of` are
            not read.
        as_of: the last day that counts.
        customers: optional, everyone known, one row each: customer_id, optional first_contact. They come
            first, in their order, also without a purchase; buyers that are not among them follow.
        merge: "D": the purchases of a day are one; "s": each time stamp is one, so a day may come repeatedly.

    Raises:
        DataError: a column is missing or not what it should be, no row is left, or `as_of` is no date.

    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-05"])
    >>> rows = pd.DataFrame({"customer_id": "a", "date": dates, "amount": [50.0, 30.0, -20.0]})
    >>> days = purchase_days(rows, as_of="2026-01-31")
    >>> days.spend.tolist(), days.ledger_amount.tolist()
    ([50.0, 30.0], [50.0, 30.0, -20.0])
    """
    ledger = read_ledger(transactions, as_of=as_of, customers=customers, merge=merge, need="purchase_days")
    bought, returned = ledger.purchases, ledger.returns
    codes = bought.code
    ledgers = (codes, ledger.purchase_day, bought.amount)
    if len(returned.time):
        code = np.concatenate([codes, returned.code])
        day = np.concatenate([ledger.purchase_day, returned.time])
        order = np.argsort(keys(code=code, day=day), kind="stable")  # two sorted runs, merged in one pass
        ledgers = (code[order], day[order], np.concatenate([bought.amount, -returned.amount])[order])
    return PurchaseDays(
        customers=ledger.customers,
        first_contact=ledger.known_since,
        contact=ledger.contact,
        code=codes,
        day=ledger.purchase_day,
        spend=bought.amount,
        ledger_code=ledgers[0],
        ledger_day=ledgers[1],
        ledger_amount=ledgers[2],
    )
