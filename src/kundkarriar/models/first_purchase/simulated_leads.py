"""The table of simulated leads."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS
from kundkarriar.frames import narrow, numbers
from kundkarriar.models.first_purchase.lead_effects import LeadEffects
from kundkarriar.summaries.leads.lead_columns import KNOWN, after_column


def events_to_come(effects: LeadEffects, customers: Any, *, n: int, need: str) -> Array:
    """Months from the first contact to the first event of each kind, (n, E); infinite where `customers` do not say."""
    columns = [np.full(n, np.inf) for _ in effects.events]
    if customers is not None:
        frame = narrow(customers, need=need)
        for place, name in enumerate(effects.event_names):
            if after_column(name) in frame.columns:
                months = numbers(frame, after_column(name), need=need, nullable=True)
                columns[place] = np.where(np.isnan(months), np.inf, months)
    return np.column_stack([np.empty((n, 0)), *columns])


def simulated_leads(
    purchase: Array, *, known: Array, after: Array, effects: LeadEffects, customers: Any, need: str
) -> dict[str, Any]:
    """The columns of a table of leads, of months to the first purchase, (n,), infinite where none comes.

    A purchase is one at the end of its day. Events on its day or later are left out, as in `kk.leads`.
    """
    months = np.maximum(np.ceil(purchase * DAYS["M"]), 1.0) / DAYS["M"]
    bought = months <= known
    months = np.where(bought, months, known)
    seen = np.where(after < months[:, None], after, np.nan)
    columns = (
        {} if customers is None else {name: narrow(customers, need=need)[name].to_list() for name in effects.columns}
    )
    return {
        "customer_id": np.arange(1, len(known) + 1),
        "months": months,
        "bought": bought,
        KNOWN: known,
        **columns,
        **{after_column(name): seen[:, place] for place, name in enumerate(effects.event_names)},
    }
