"""The table of leads: per known customer, the months from the first contact to the first purchase, or to now."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import DAYS
from kundkarriar.frames import FrameT, narrow, new_frame
from kundkarriar.history.ledger.ledger import read_ledger

NEED = "leads"


def leads(customers: FrameT, transactions: Any, *, as_of: Any, events: Any = None) -> FrameT:
    """Months from the first contact of each customer to the first purchase, or to `as_of` without one.

    Returns:
        A row for each customer with a first contact before `as_of` and before the first purchase: customer_id, months,
        bought; the columns of `customers`; for each event e: e_after, the months from the first contact to the first
        such event up to then (missing where none came).
    """
    ledger = read_ledger(transactions, as_of=as_of, customers=customers, need=NEED)
    known = narrow(customers, need=NEED)
    n = len(known)
    contact, first, now = ledger.contact[:n], ledger.first_purchase_day[:n], int(ledger.as_of.astype(np.int64))
    bought = first != NEVER
    end = np.where(bought, first, now)
    some = np.flatnonzero((contact != NEVER) & (contact < end))
    return new_frame(
        {
            "customer_id": known["customer_id"][some],
            "months": (end - contact)[some] / DAYS["M"],
            "bought": bought[some],
            **{name: known[name][some] for name in known.columns if name != "customer_id"},
        },
        like=customers,
    )
