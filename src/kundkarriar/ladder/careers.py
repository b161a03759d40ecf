"""The careers of all customers as one long table: a row for every customer and month since they became known."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.frames import text_column
from kundkarriar.ladder.rungs.reasons import evidence
from kundkarriar.numerics.money.exact_sums import by_group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.history.as_of.facts_as_of import Past
    from kundkarriar.ladder.rungs.rung import Rung
    from kundkarriar.ladder.rungs.rung_history import Walk


def career_rows(path: Walk, past: Past, *, rungs: Sequence[Rung], like: Any) -> dict[str, Any]:
    """The columns of `CustomerLadder.careers`, customer by customer, month by month.

    Args:
        path: where everyone stood.
        past: what they bought.
        rungs: from low to high.
        like: the kind of frame that the columns are for.
    """
    rows = _Rows(entry=path.entry, month=path.month)
    names = [rung.name for rung in rungs]
    rung = rows.of(path.rung)
    cells = _cells(past.days.code, past.days.day, path)
    purchases = rows.per_step(cells)
    if past.days.ledger_code is not past.days.code:  # something was returned, on days of its own
        cells = _cells(past.days.ledger_code, past.days.ledger_day, path)
    value = rows.per_step(cells, past.days.ledger_amount)
    begins = np.arange(path.opens, path.opens + path.months).astype("datetime64[M]").astype("datetime64[us]")
    return {
        "customer_id": past.days.customers[rows.customer],
        "period_start": rows.of_month(begins),
        "rung": text_column(names, rung, like=like),
        "rung_number": rung.astype(np.int64) + 1,
        **({} if path.lapsed is None else {"lapsed": rows.of(path.lapsed)}),
        "previous_rung": text_column(names, rows.of(path.previous_rung()), like=like),
        "highest_rung": text_column(names, rows.of(path.highest_rung()), like=like),
        "months_on_rung": rows.of(path.months_on_rung()).astype(np.int64) + rows.later,
        "evidence": evidence(rungs, rung, rows.of(path.proxied), events=past.events is not None, like=like),
        "purchases": rows.chosen(purchases),
        "purchases_so_far": rows.chosen(np.cumsum(purchases, axis=1)),
        "value": rows.chosen(value),
        "complete": rows.complete(path),
    }


@frozen(kw_only=True, eq=False)
class _Rows:
    """The rows of careers, picked from tables of everybody at every step.

    A mask over a whole table reads it in one pass, several times faster than looking each row up. A step stands for its
    own month, and for those after it that were left out: in none of these anything was bought.

    Attributes:
        entry: the month in which each customer's rows begin, always a step, (n,).
        month: of each step, (steps,).
    """

    entry: NDArray[np.int64]
    month: NDArray[np.int32]

    @property
    def customer(self) -> NDArray[np.int64]:
        """The customer of each row, (rows,)."""
        return np.repeat(np.arange(len(self.entry)), self.months_of_each)

    @property
    def months_of_each(self) -> NDArray[np.int64]:
        """How many rows each customer has, (n,)."""
        return int(self.month[-1]) + 1 - self.entry

    @property
    def whole(self) -> bool:
        """Whether every month was asked."""
        return int(self.month[-1]) + 1 == len(self.month)

    @cached_property
    def there(self) -> NDArray[np.bool_]:
        """Which steps are rows, (n, steps)."""
        return self.month >= self.entry[:, None]

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """How many months each step that is a row stands for, (rows of steps,)."""
        return self._picked(np.broadcast_to(np.diff(self.month, append=self.month[-1:] + 1), self.there.shape))

    @cached_property
    def later(self) -> NDArray[np.int64] | int:
        """How many months after its step each row is, (rows,)."""
        if self.whole:
            return 0
        return np.arange(self.times.sum()) - np.repeat(np.cumsum(self.times) - self.times, self.times)

    def chosen(self, table: NDArray[Any]) -> NDArray[Any]:
        """The rows of a table by customer, (n, steps), as (rows,)."""
        rows = self._picked(table)
        return rows if self.whole else np.repeat(rows, self.times)

    def of(self, table: NDArray[Any]) -> NDArray[Any]:
        """The rows of a table by step, (steps, n), as (rows,)."""
        return self.chosen(np.ascontiguousarray(table.T))

    def of_month(self, values: NDArray[Any]) -> NDArray[Any]:
        """The value of each row's month, (rows,), from those of all months, (months,)."""
        if self.whole:
            return self._picked(np.broadcast_to(values, self.there.shape))
        return np.asarray(values[self.chosen(np.broadcast_to(self.month, self.there.shape)) + self.later])

    def per_step(self, cells: NDArray[np.int64], amounts: NDArray[np.float64] | None = None) -> NDArray[Any]:
        """How many entries, or the sum of their amounts, by customer and step, (n, steps)."""
        n, steps = len(self.entry), len(self.month)
        added = np.bincount(cells, minlength=n * steps) if amounts is None else by_group(amounts, cells, size=n * steps)
        return added.reshape(n, steps)

    def complete(self, path: Walk) -> NDArray[np.bool_]:
        """Which rows later data will not change, (rows,)."""
        over = np.ones(path.months, dtype=bool)
        over[-1] = not path.partial
        return self.of_month(over) & np.repeat(path.dated, self.months_of_each)

    def _picked(self, table: NDArray[Any]) -> NDArray[Any]:
        """The steps of a table by customer that are rows, (rows of steps,)."""
        answer: NDArray[Any] = table[self.there] if self.entry.any() else table.reshape(-1)
        return answer


def _cells(code: NDArray[np.int64], day: NDArray[np.int64], path: Walk) -> NDArray[np.int64]:
    """The customer and step of each entry as one number, (m,)."""
    if not len(day):
        return np.empty(0, np.int64)
    first, last = int(day.min()), int(day.max())
    ends = path.day_of(path.month).astype(np.int64)
    step = np.searchsorted(ends, np.arange(first, last + 1))  # each day looked up once, not each entry
    return code * len(ends) + step[day - first]
