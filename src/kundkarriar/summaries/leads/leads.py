"""The table of leads: per known customer, the months from the first contact to the first purchase, or to now."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import DataError, as_text, warn
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, require, rows_where
from kundkarriar.history.as_of.events import read_events
from kundkarriar.history.sorted_entries import first_days
from kundkarriar.summaries.leads.known_leads import KnownLeads, known_leads
from kundkarriar.summaries.leads.lead_columns import KNOWN, MADE, after_column

NEED = "leads"
NO_CONTACT = 'the day a customer became known: customers.rename(columns={"created": "first_contact"}).'


def leads(customers: FrameT, transactions: Any, *, as_of: Any, events: Any = None) -> FrameT:
    """Months from the first contact of each lead to the first purchase, or to the end of `as_of` without one.

    A lead is a customer who was known before buying. Those whose first purchase is on the day of the first contact were
    never leads and have no row, nor have those without a first contact, or with one on `as_of` or later. A first
    contact after the first purchase is an error of the data: these customers have no row, and a warning counts them.

    Args:
        customers: all known customers, one row each: customer_id, first_contact (a date, or missing), any columns.
        transactions: standard transactions, as from `kk.transactions`; without rows where nobody has bought.
        as_of: the last day that counts: "2026-10-31", or a date.
        events: optional, one row per event: customer_id, date, event (its name).

    Returns:
        customer_id; months of 365.25 / 12 days from the first contact to the first purchase, or to `as_of`, > 0; bought
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
    _refuse_columns(frame)
    known = known_leads(frame, transactions, as_of=as_of, need=NEED)
    contact, purchase = known.contact, known.purchase
    bought = purchase != NEVER
    end = np.where(bought, purchase, known.last)
    late = (contact != NEVER) & bought & (contact > purchase)
    if late.any():
        warn(
            f"{NEED}: {late.sum():,} of {len(frame):,} customers have a first contact after their first purchase, so "
            f"when they became leads is not known; they are left out.\n\n"
            f"{as_text(rows_where(frame, late, ['customer_id', 'first_contact']))}"
        )
    at = np.flatnonzero((contact != NEVER) & (contact < end))
    after = {} if events is None else _first_events(events, known, at=at)
    if not len(at):
        raise DataError.because(
            f"{NEED}: none of the {len(frame):,} customers was known before the first purchase and before "
            f"{np.datetime64(known.last, 'D')}.",
            hint="check `first_contact`, the day a customer became known, and `as_of`.",
        )
    if taken := [name for name in after if name in frame.columns]:
        raise _taken(taken)
    return new_frame(
        {
            "customer_id": frame["customer_id"][at],
            "months": (end - contact)[at] / DAYS["M"],
            "bought": bought[at],
            KNOWN: (known.last - contact)[at] / DAYS["M"],
            **{name: frame[name][at] for name in frame.columns if name != "customer_id"},
            **after,
        },
        like=customers,
    )


def _refuse_columns(frame: NarrowFrame) -> None:
    """Refuse customers without a first contact, and with columns that the table of leads makes."""
    require(frame, ["customer_id"], need=f"{NEED}: `customers`")
    there = "first_contact" in frame.columns
    if not there or frame["first_contact"].is_null().all():
        found = "where every value is missing" if there else f"and the DataFrame has {list(frame.columns)}"
        raise DataError.because(
            f"{NEED} needs the day of each lead's first contact in the column `first_contact` of `customers`, {found}.",
            hint=NO_CONTACT,
        )
    if taken := [name for name in MADE if name in frame.columns]:
        raise _taken(taken)


def _taken(names: list[str]) -> DataError:
    return DataError.because(
        f"{NEED} makes the columns {names}, and `customers` has them already.",
        hint=f"rename or drop them: customers.drop(columns={names}).",
    )


def _first_events(events: Any, known: KnownLeads, *, at: Whole) -> dict[str, Any]:
    """The months from the first contact to the first event of each name, of the leads at positions `at`."""
    read = read_events(events, customers=known.customers, as_of=np.datetime64(known.last, "D"), bought=known.days)
    contact, purchase = known.contact[at], known.purchase[at]
    columns = {}
    for name in sorted(read.names):
        none = np.iinfo(np.int64).max
        keys = read.keys.get(name, np.empty(0, np.int64))
        day = first_days(keys=keys, n=len(known.customers), none=none)[at]
        came = (day != none) & ((purchase == NEVER) | (day < purchase))
        columns[after_column(name)] = np.where(came, np.maximum(day - contact, 0) / DAYS["M"], np.nan)
    return columns
