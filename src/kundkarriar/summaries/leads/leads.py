"""The table of leads: per known customer, the months from the first contact to the first purchase, or to now."""

from __future__ import annotations

from typing import Any

from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, require
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.summaries.leads.leads_of import leads_of, warn_of_late_contacts

NEED = "leads"
NO_CONTACT = 'the day a customer became known: customers.rename(columns={"created": "first_contact"}).'


def leads(customers: FrameT, transactions: Any, *, as_of: Any, events: Any = None) -> FrameT:
    """Months from the first contact of each lead to the first purchase, or to the end of `as_of` without one.

    A lead is a customer who was known before buying. Those whose first purchase is on the day of the first contact were
    never leads and have no row, nor have those without a first contact, or with one after `as_of`. A first
    contact after the first purchase is an error of the data: these customers have no row, and a warning counts them.

    Args:
        customers: all known customers, one row each: customer_id, first_contact (a date, or missing), any columns.
        transactions: standard transactions, as from `kk.transactions`; without rows where nobody has bought.
        as_of: the last day that counts: "2026-10-31", or a date.
        events: optional, one row per event: customer_id, date, event (its name).

    Returns:
        customer_id; months of 365.25 / 12 days from the first contact to the first purchase, or to `as_of`; bought
        (whether the lead has bought); months_known (from the first contact to `as_of`); the columns of `customers`; for
        each event e: e_after, months from the first contact to the first such event, missing where none came before
        the day of the first purchase and by `as_of`, and 0 where it came before the first contact. One row per lead,
        in the order of `customers`.

    Raises:
        DataError: a column is missing or has the wrong type; no customer was ever a lead; `customers` has a column with
            the name of one that is made.

    Warns:
        DataWarning: first contacts lie after first purchases; as reading of transactions and events does.

    >>> import pandas as pd
    >>> known = pd.DataFrame({"customer_id": ["a", "b"], "first_contact": pd.to_datetime(["2026-01-01", "2026-03-01"])})
    >>> orders = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2026-02-15"]), "amount": [10.0]})
    >>> leads(known, orders, as_of="2026-06-30").drop(columns="first_contact").round(2)
      customer_id  months  bought  months_known
    0           a    1.48    True          5.91
    1           b    3.98   False          3.98
    """
    frame = narrow(customers, need=NEED)
    require(frame, ["customer_id"], need=f"{NEED}: `customers`")
    there = "first_contact" in frame.columns
    if not there or frame["first_contact"].is_null().all():
        found = "where every value is missing" if there else f"and the DataFrame has {list(frame.columns)}"
        raise DataError.because(
            f"{NEED} needs the day of each lead's first contact in the column `first_contact` of `customers`, {found}.",
            hint=NO_CONTACT,
        )
    known = read_facts_as_of(transactions, as_of=as_of, customers=customers, events=events, need=NEED)
    warn_of_late_contacts(known, need=NEED)
    table = leads_of(known, like=customers)
    if not len(narrow(table, need=NEED)):
        raise DataError.because(
            f"{NEED}: none of the {len(frame):,} customers was known before the first purchase and by {known.as_of}.",
            hint="check `first_contact`, the day a customer became known, and `as_of`.",
        )
    return table
