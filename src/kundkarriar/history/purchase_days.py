"""Purchase days and ledger entries of each customer as arrays, from which facts and rungs are computed."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.history.ledger.ledger import Ledger, read_ledger
from kundkarriar.history.sorted_entries import keys


@frozen(kw_only=True, eq=False)
class PurchaseDays:
    """Purchase days and ledger entries, sorted by customer, then day.

    Days count from 1970-01-01. A customer is a position in `customers`. A purchase day is a day with a purchase that
    was not fully returned on the same day. The ledger has an entry for every day with a purchase or a return; returns
    keep their own date, so that a later return does not change earlier facts. Its sum is the ledger total.

    Attributes:
        ledger: the ledger that they are read from.
        code, day: customer and day of each purchase day, (m,).
        spend: spend of each purchase day, net of returns on the same day, (m,).
        ledger_code, ledger_day, ledger_amount: customer, day and amount of each ledger entry, (k,); the same arrays as
            `code`, `day` and `spend` if nothing was returned later.
    """

    ledger: Ledger = field(repr=False)
    code: Whole
    day: Whole
    spend: Array
    ledger_code: Whole
    ledger_day: Whole
    ledger_amount: Array

    @classmethod
    def of(cls, ledger: Ledger) -> PurchaseDays:
        """The purchase days and entries of a ledger."""
        bought, returned = ledger.purchases, ledger.returns
        codes, days = bought.code, ledger.purchase_day
        entries = (codes, days, bought.amount)
        if len(returned.time):
            code, day = np.concatenate([codes, returned.code]), np.concatenate([days, returned.time])
            order = np.argsort(keys(code=code, day=day), kind="stable")  # two sorted runs, merged in one pass
            entries = (code[order], day[order], np.concatenate([bought.amount, -returned.amount])[order])
        return cls(
            ledger=ledger,
            code=codes,
            day=days,
            spend=bought.amount,
            ledger_code=entries[0],
            ledger_day=entries[1],
            ledger_amount=entries[2],
        )

    @property
    def customers(self) -> nw.Series[Any]:
        """The ids, `customers=` first, then by first appearance, (n,)."""
        return self.ledger.customers


def purchase_days(
    transactions: object, *, as_of: Any, customers: object = None, merge: str = "D", need: str = "purchase_days"
) -> PurchaseDays:
    """Read the purchase days and ledger entries of each customer; arguments and errors as of `read_ledger`.

    Returns on the day of purchase reduce that day's spend, and a fully returned purchase is removed. Later returns do
    not change purchase days; they are ledger entries of their own date.

    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-05"])
    >>> rows = pd.DataFrame({"customer_id": "a", "date": dates, "amount": [50.0, 30.0, -20.0]})
    >>> days = purchase_days(rows, as_of="2026-01-31")
    >>> days.spend.tolist(), days.ledger_amount.tolist()
    ([50.0, 30.0], [50.0, 30.0, -20.0])
    """
    return PurchaseDays.of(read_ledger(transactions, as_of=as_of, customers=customers, merge=merge, need=need))
