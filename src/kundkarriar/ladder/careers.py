"""The careers of all customers as one long table: a row for every customer and month since they became known."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import DataWarning
from kundkarriar.frames import narrow
from kundkarriar.history.ledger import NEVER, times
from kundkarriar.history.period import Period
from kundkarriar.ladder.rung_names import rung_names
from kundkarriar.numerics.windows import starts, sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

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
    bought = np.stack([past.begin, *map(past.bought_by, path.days)], axis=1)
    moved = np.stack([starts(keys=past.moved, n=past.n), *map(past.moved_by, path.days)], axis=1)
    months = np.array(path.days, dtype="datetime64[M]").astype("datetime64[us]")
    lapsed = {} if path.lapsed is None else {"lapsed": path.lapsed[customer, step]}
    return {
        "customer_id": past.days.customers[customer.tolist()],
        "period_start": months[step],
        "rung": rung_names(names, path.rung[customer, step], like=like),
        **lapsed,
        "purchases": bought[customer, step + 1] - bought[customer, step],
        "purchases_so_far": bought[customer, step + 1] - bought[customer, 0],
        "value": sums(values=past.days.ledger_amount, start=moved[customer, step], end=moved[customer, step + 1]),
        "complete": path.dated[customer] & ~((step == steps - 1) & path.partial),
    }


def unknown_entry(past: Past, *, customers: Any, burn_in: str | Period) -> NDArray[np.bool_]:
    """Which customers may be older than the data: first seen so soon after its start, (n,).

    A first contact within the data says that the beginning is known; a prospect's beginning is no purchase.

    Warns:
        DataWarning: how many there are, where there are any.
    """
    days = past.days
    at = starts(keys=past.bought, n=past.n + 1)
    bought = at[1:] > at[:-1]
    if not bought.any():
        return bought
    first = np.full(past.n, np.iinfo(np.int64).max)
    first[bought] = days.day[at[:-1][bought]]
    start = int(first.min())
    end = Period.of(burn_in).after(np.datetime64(start, "D")).astype(np.int64)
    unknown: NDArray[np.bool_] = bought & (first < end) & (_contact(customers, n=past.n) < start)
    if unknown.any():
        warnings.warn(
            f"{unknown.sum():,} of {bought.sum():,} customers were first seen within {Period.of(burn_in)} of the "
            f"start of the data ({np.datetime64(start, 'D')}): their beginning is not known "
            '(entry "unknown").',
            DataWarning,
            stacklevel=3,
        )
    return unknown


def _contact(customers: Any, *, n: int) -> NDArray[np.int64]:
    """The day of the first contact given, (n,); `customers` stand first, in their order."""
    contact = np.full(n, NEVER)
    if customers is None:
        return contact
    table = narrow(customers, need="careers: `customers`")
    if "first_contact" in table.columns and not table["first_contact"].is_null().all():
        given = times(table, "first_contact", need="careers: `customers`", nullable=True)
        contact[: len(given)] = given
    return contact
