"""The table of leads of a history that was read."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import DAYS, day_number
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.sorted_entries import first_days
from kundkarriar.summaries.leads.lead_columns import KNOWN, after_column


def leads_of(known: FactsAsOf, *, like: FrameT) -> FrameT:
    """The table of `kk.leads` of a history that was read, as a frame of the kind of `like`; it may have no rows."""
    contact, first, last = known.days.ledger.contact, known.first_purchase, day_number(known.as_of)
    bought = first != NEVER
    end = np.where(bought, first, last)
    at = np.flatnonzero((contact != NEVER) & (contact < end))
    columns: dict[str, Any] = {
        "customer_id": known.customers[at],
        "months": (end - contact)[at] / DAYS["M"],
        "bought": bought[at],
        KNOWN: (last - contact)[at] / DAYS["M"],
    }
    if known.attributes is not None:
        table, row = known.attributes.table, known.attributes.row[at]
        columns |= {name: table[name][row] for name in table.columns if name != "customer_id"}
    keys = {} if known.events is None else known.events.keys
    for name in () if known.events is None else sorted(known.events.names):
        day = first_days(keys=keys.get(name, np.empty(0, np.int64)), n=known.n, none=NEVER)[at]
        came = (day != NEVER) & (~bought[at] | (day < first[at]))
        columns[after_column(name)] = np.where(came, np.maximum(day - contact[at], 0) / DAYS["M"], np.nan)
    return new_frame(columns, like=like)
