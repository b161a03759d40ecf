"""Purchase days and ledger entries of each customer as arrays, from which facts and rungs are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.history.ledger.ledger import read_ledger
from kundkarriar.history.sorted_entries import keys

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from numpy.typing import NDArray


@frozen(kw_only=True, eq=False)
class PurchaseDays:
    """Purchase days and ledger entries, sorted by customer, then day.

    Days count from 1970-01-01. A customer is a position in `customers`. A purchase day is a day with a purchase that
    was not fully returned on the same day. The ledger has an entry for every day with a purchase or a return; returns
    keep their own date, so that a later return does not change earlier facts. Its sum is the ledger total.

    Attributes:
        customers: the ids, `customers=` first, then by first appearance, (n,).
        known_since: day of the first contact or of the first row, whichever is earlier, (n,); the smallest int64
            (NaT) without either.
        contact: day of the first contact as given, (n,); the smallest int64 if none is given.
        code, day: customer and day of each purchase day, (m,).
        spend: spend of each purchase day, net of returns on the same day, (m,).
        ledger_code, ledger_day, ledger_amount: customer, day and amount of each ledger entry, (k,); the same arrays as
            `code`, `day` and `spend` if nothing was returned later.
    """

    customers: nw.Series[Any]
    known_since: NDArray[np.int64]
    contact: NDArray[np.int64]
    code: NDArray[np.int64]
    day: NDArray[np.int64]
    spend: NDArray[np.float64]
    ledger_code: NDArray[np.int64]
    ledger_day: NDArray[np.int64]
    ledger_amount: NDArray[np.float64]


def purchase_days(transactions: object, *, as_of: Any, customers: object = None, merge: str = "D") -> PurchaseDays:
    """Read the purchase days and ledger entries of each customer up to the end of the day `as_of`.

    Returns on the day of purchase reduce that day's spend, and a fully returned purchase is removed. Later returns do
    not change purchase days; they are ledger entries of their own date.

    Args:
        transactions: customer_id, date, amount (negative: a return); optional kind. Rows after `as_of` are
            not read.
        as_of: the last day that counts.
        customers: optional, all known customers, one row each: customer_id, optional first_contact. They come
            first, in their order, also without a purchase; other buyers follow.
        merge: "D" merges the purchases of a day into one; "s" keeps each time stamp, so that a day may be repeated.

    Raises:
        DataError: a column is missing or has the wrong type, no row is left, or `as_of` is not a date.

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
    entries = (codes, ledger.purchase_day, bought.amount)
    if len(returned.time):
        code = np.concatenate([codes, returned.code])
        day = np.concatenate([ledger.purchase_day, returned.time])
        order = np.argsort(keys(code=code, day=day), kind="stable")  # two sorted runs, merged in one pass
        entries = (code[order], day[order], np.concatenate([bought.amount, -returned.amount])[order])
    return PurchaseDays(
        customers=ledger.customers,
        known_since=ledger.known_since,
        contact=ledger.contact,
        code=codes,
        day=ledger.purchase_day,
        spend=bought.amount,
        ledger_code=entries[0],
        ledger_day=entries[1],
        ledger_amount=entries[2],
    )
