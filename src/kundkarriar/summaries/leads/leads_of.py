"""The table of leads of a history that was read."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Mask
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import DAYS, day_number
from kundkarriar.errors import DataError, as_text, warn
from kundkarriar.frames import FrameT, new_frame, rows_where
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.sorted_entries import first_days
from kundkarriar.summaries.leads.lead_columns import KNOWN, MADE, after_column


def leads_of(known: FactsAsOf, *, like: FrameT) -> FrameT:
    """The table of `kk.leads` of a history that was read, as a frame of the kind of `like`; it may have no rows.

    Raises:
        DataError: `customers=` has a column with the name of one that is made.
    """
    contact, first, last = known.days.ledger.contact, known.first_purchase, day_number(known.as_of)
    bought = first != NEVER
    at = np.flatnonzero((contact != NEVER) & np.where(bought, contact < first, contact <= last))
    start, buys = contact[at], bought[at]
    after: dict[str, Any] = {}
    if known.events is not None:
        for name in sorted(known.events.names):
            keys = known.events.keys.get(name, np.empty(0, np.int64))
            day = first_days(keys=keys, n=known.n, none=NEVER)[at]
            came = (day != NEVER) & (~buys | (day < first[at]))
            after[after_column(name)] = np.where(came, np.maximum(day - start, 0) / DAYS["M"], np.nan)
    attributes = known.attributes
    own = [] if attributes is None else [each for each in attributes.table.columns if each != "customer_id"]
    if taken := [name for name in (*MADE, *after) if name in own]:
        raise DataError.because(
            f"leads makes the columns {taken}, and `customers` has them already.",
            hint=f"rename or drop them: customers.drop(columns={taken}).",
        )
    columns: dict[str, Any] = {
        "customer_id": known.customers[at],
        "months": (np.where(bought, first, last) - contact)[at] / DAYS["M"],
        "bought": buys,
        KNOWN: (last - start) / DAYS["M"],
    }
    if attributes is not None:
        columns |= {name: attributes.column(name)[at] for name in own}
    return new_frame(columns | after, like=like)


def warn_of_late_contacts(known: FactsAsOf, *, need: str) -> None:
    """Warn of customers whose first contact lies after their first purchase: they have no row in a table of leads."""
    late: Mask = (known.first_purchase != NEVER) & (known.days.ledger.contact > known.first_purchase)
    late &= known.days.ledger.contact != NEVER
    if late.any() and known.attributes is not None:
        given = late[: len(known.attributes.table)]
        shown = as_text(rows_where(known.attributes.table, given, ["customer_id", "first_contact"]))
        warn(
            f"{need}: {late.sum():,} of {len(given):,} customers have a first contact after their first purchase, so "
            f"when they became leads is not known; they are left out.\n\n{shown}"
        )
