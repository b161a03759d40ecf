"""The table of leads of a history that was read."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import DAYS, day_number
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.history.as_of.facts_as_of import FactsAsOf


def leads_of(known: FactsAsOf, *, like: FrameT) -> FrameT:
    """The table of `leads` of a history that was read, as a frame of the kind of `like`."""
    contact, first, now = known.days.ledger.contact, known.first_purchase, day_number(known.as_of)
    bought = first != NEVER
    end = np.where(bought, first, now)
    some = np.flatnonzero((contact != NEVER) & (contact < end))
    columns: dict[str, Any] = {
        "customer_id": known.customers[some],
        "months": (end - contact)[some] / DAYS["M"],
        "bought": bought[some],
    }
    if known.attributes is not None:
        columns |= {name: known.attributes.column(name)[some] for name in known.attributes.names}
    return new_frame(columns, like=like)
