"""The careers of all customers as one long table: a row for every customer and month since they became known."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.frames import text_column
from kundkarriar.ladder.reasons import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.history.past import Past
    from kundkarriar.ladder.rung import Rung
    from kundkarriar.ladder.walk import Walk


def career_rows(path: Walk, past: Past, *, rungs: Sequence[Rung], like: Any) -> dict[str, Any]:
    """The columns of `CustomerLadder.careers`, customer by customer, month by month.

    Args:
        path: where everyone stood.
        past: what they bought.
        rungs: from low to high.
        like: the kind of frame that the columns are for.
    """
    rows = _Rows(entry=path.entry, steps=len(path.days))
    names = [rung.name for rung in rungs]
    rung = rows.of(path.rung)
    cells = _cells(past.days.code, past.days.day, path)
    purchases = rows.per_step(cells)
    if past.days.ledger_code is not past.days.code:  # something was returned, on days of its own
        cells = _cells(past.days.ledger_code, past.days.ledger_day, path)
    value = rows.per_step(cells, past.days.ledger_amount)
    months = np.array(path.days, dtype="datetime64[M]").astype("datetime64[us]")
    return {
        "customer_id": past.days.customers[rows.customer],
        "period_start": rows.of_step(months),
        "rung": text_column(names, rung, like=like),
        "rung_number": rung.astype(np.int64) + 1,
        **({} if path.lapsed is None else {"lapsed": rows.of(path.lapsed)}),
        "previous_rung": text_column(names, rows.of(path.previous_rung()), like=like),
        "highest_rung": text_column(names, rows.of(path.highest_rung()), like=like),
        "months_on_rung": rows.of(path.months_on_rung()).astype(np.int64),
        "evidence": evidence(rungs, rung, rows.of(path.proxied), events=past.events is not None, like=like),
        "purchases": rows.chosen(purchases),
        "purchases_so_far": rows.chosen(np.cumsum(purchases, axis=1)),
        "value": rows.chosen(value),
        "complete": rows.complete(path),
    }


@frozen(kw_only=True, eq=False)
class _Rows:
    """The rows of careers, picked from tables of everybody at every step.

    A mask over a whole table reads it in one pass, several times faster than looking each row up.

    Attributes:
        entry: the step at which each customer's rows begin, (n,).
        steps: how many there are.
    """

    entry: NDArray[np.int64]
    steps: int

    @property
    def customer(self) -> NDArray[np.int64]:
        """The customer of each row, (rows,)."""
        return np.repeat(np.arange(len(self.entry)), self.steps - self.entry)

    @cached_property
    def there(self) -> NDArray[np.bool_]:
        """Which steps are rows, (n, steps)."""
        return np.arange(self.steps) >= self.entry[:, None]

    def chosen(self, table: NDArray[Any]) -> NDArray[Any]:
        """The rows of a table by customer, (n, steps), as (rows,)."""
        answer: NDArray[Any] = table[self.there] if self.entry.any() else table.reshape(-1)
        return answer

    def of(self, table: NDArray[Any]) -> NDArray[Any]:
        """The rows of a table by step, (steps, n), as (rows,)."""
        return self.chosen(np.ascontiguousarray(table.T))

    def of_step(self, values: NDArray[Any]) -> NDArray[Any]:
        """The value of each row's step, (rows,)."""
        return self.chosen(np.broadcast_to(values, (len(self.entry), self.steps)))

    def per_step(self, cells: NDArray[np.int64], weights: NDArray[np.float64] | None = None) -> NDArray[Any]:
        """How many entries, or the sum of their weights, by customer and step, (n, steps)."""
        n = len(self.entry)
        return np.bincount(cells, weights, minlength=n * self.steps).reshape(n, self.steps)

    def complete(self, path: Walk) -> NDArray[np.bool_]:
        """Which rows later data will not change, (rows,)."""
        over = np.ones(self.steps, dtype=bool)
        over[-1] = not path.partial
        return self.of_step(over) & np.repeat(path.dated, self.steps - self.entry)


def _cells(code: NDArray[np.int64], day: NDArray[np.int64], path: Walk) -> NDArray[np.int64]:
    """The customer and step of each entry as one number, (m,)."""
    if not len(day):
        return np.empty(0, np.int64)
    first, last = int(day.min()), int(day.max())
    ends = np.array(path.days, dtype="datetime64[D]").astype(np.int64)
    step = np.searchsorted(ends, np.arange(first, last + 1))  # each day looked up once, not each entry
    return code * len(ends) + step[day - first]
