"""The careers of all customers as one long table: a row for every customer and month since they became known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.frames import text_column
from kundkarriar.numerics.windows import sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kundkarriar.history.past import Past
    from kundkarriar.ladder.walk import Walk


def career_rows(path: Walk, past: Past, *, names: Sequence[str], like: Any) -> dict[str, Any]:
    """The columns of `CustomerLadder.careers`, customer by customer, month by month.

    Args:
        path: where everyone stood.
        past: what they bought.
        names: of the rungs, from low to high.
        like: the kind of frame that the columns are for.
    """
    steps = len(path.days)
    length = steps - path.entry
    customer = np.repeat(np.arange(past.n), length)
    step = np.arange(len(customer)) - np.repeat(np.cumsum(length) - length - path.entry, length)
    bought = np.stack([past.bought.start, *map(past.bought_by, path.days)], axis=1)
    moved = np.stack([past.moved.start, *map(past.moved_by, path.days)], axis=1)
    months = np.array(path.days, dtype="datetime64[M]").astype("datetime64[us]")
    lapsed = {} if path.lapsed is None else {"lapsed": path.lapsed[customer, step]}
    return {
        "customer_id": past.days.customers[customer],
        "period_start": months[step],
        "rung": text_column(names, path.rung[customer, step], like=like),
        **lapsed,
        "purchases": bought[customer, step + 1] - bought[customer, step],
        "purchases_so_far": bought[customer, step + 1] - bought[customer, 0],
        "value": sums(values=past.days.ledger_amount, start=moved[customer, step], end=moved[customer, step + 1]),
        "complete": path.dated[customer] & ~((step == steps - 1) & path.partial),
    }
