"""Purchases day by day, as arrays: what facts, rungs and careers are counted from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import numpy as np
    from numpy.typing import NDArray


@frozen(kw_only=True, eq=False)
class PurchaseDays:
    """Who bought on which day and what it brought, sorted by customer, then day.

    Days count from 1970-01-01. A customer is a position in `customers`. Purchase days are days with a purchase
    that was not reversed on the same day; the ledger has every day on which money moved, returns at their own
    date (so a later return never changes what was known before), and sums to the ledger total.

    Attributes:
        customers: the ids, in the order given (`customers=` first, then by first appearance), (n,).
        first_contact: day each customer became known: first contact where given, else first purchase, (n,).
        code, day: customer and day of each purchase day, (m,).
        spend: gross spend of that purchase day, after same-day corrections, (m,).
        ledger_code, ledger_day, ledger_amount: customer, day and net amount, (k,).
    """

    customers: nw.Series[Any]
    first_contact: NDArray[np.int64]
    code: NDArray[np.int64]
    day: NDArray[np.int64]
    spend: NDArray[np.float64]
    ledger_code: NDArray[np.int64]
    ledger_day: NDArray[np.int64]
    ledger_amount: NDArray[np.float64]
