"""Careers as a long table: a row for every customer and month since the customer became known; and their states."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import text_column
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.ladder.career_panel import MOST_RUNGS, CareerPanel, State, codes_of_pairs, states_seen
from kundkarriar.ladder.rungs.reasons import evidence
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.ladder.rungs.rung_history import RungHistory
from kundkarriar.numerics.money.exact_sums import by_group


def career_rows(history: RungHistory, facts_as_of: FactsAsOf, *, rungs: Sequence[Rung], like: Any) -> dict[str, Any]:
    """The columns of `CustomerLadder.careers`, customer by customer, month by month."""
    rows = _Rows(entry=history.entry, month=history.month, months=history.months)
    names = [rung.name for rung in rungs]
    rung = rows.of(history.rung)
    cells = _cells(facts_as_of.days.code, facts_as_of.days.day, history)
    purchases = rows.per_step(cells)
    if facts_as_of.days.ledger_code is not facts_as_of.days.code:  # something was returned, on days of its own
        cells = _cells(facts_as_of.days.ledger_code, facts_as_of.days.ledger_day, history)
    value = rows.per_step(cells, facts_as_of.days.ledger_amount)
    begins = np.arange(history.opens, history.opens + history.months).astype("datetime64[M]").astype("datetime64[us]")
    return {
        "customer_id": facts_as_of.days.customers[rows.customer],
        "period_start": rows.of_month(begins),
        "rung": text_column(names, rung, like=like),
        "rung_number": rung.astype(np.int64) + 1,
        **({} if history.lapsed is None else {"lapsed": rows.of(history.lapsed)}),
        "previous_rung": text_column(names, rows.of(history.previous_rung()), like=like),
        "highest_rung": text_column(names, rows.of(history.highest_rung()), like=like),
        "months_on_rung": rows.of(history.months_on_rung()).astype(np.int64) + rows.months_after_step,
        "evidence": evidence(rungs, rung, rows.of(history.proxied), events=facts_as_of.events is not None, like=like),
        "purchases": rows.chosen(purchases),
        "purchases_so_far": rows.chosen(np.cumsum(purchases, axis=1)),
        **({"value": rows.chosen(value)} if facts_as_of.priced else {}),
        "complete": rows.complete(history),
    }


def states_of(
    history: RungHistory,
    facts_as_of: FactsAsOf,
    *,
    names: Sequence[str],
    unknown: Mask,
    states: Sequence[State] | None,
    rungs: Sequence[str] | None,
) -> CareerPanel | None:
    """The states of every customer in the complete months, as `read_careers` reads them from the frame of careers.

    None where it would refuse them: no month is complete, or some rung is not among the `states` or `rungs`.

    Args:
        history: the rungs.
        facts_as_of: the customers.
        names: the names of the rungs.
        unknown: whether each customer's entry is unknown, (n,).
        states: as in `read_careers`.
        rungs: as in `read_careers`.
    """
    months, flagged = history.last_complete + 1, history.lapsed is not None
    kept = history.dated & (history.entry < months)
    month = history.month[history.month < months]
    rows = _Rows(entry=history.entry[kept], month=month, months=months)
    pair = np.multiply(history.rung[: len(month)], 2, dtype=np.int16)[:, kept]
    if history.lapsed is not None:
        pair += history.lapsed[: len(month), kept]
    rows_of = np.zeros(2 * len(names) + 1, np.int64)
    for step in pair:
        rows_of += np.bincount(np.maximum(step, -1) + 1, minlength=len(rows_of))
    seen = rows_of[1:] > 0
    occurring = [name for at, name in enumerate(names) if seen[2 * at : 2 * at + 2].any()]
    if states is None:
        ordered = occurring if rungs is None else rungs
        if not set(occurring) <= set(ordered):
            return None
        states = states_seen(seen, names, ordered=ordered, flagged=flagged)
    codes = codes_of_pairs(names, states)
    if not occurring or len(occurring) > MOST_RUNGS or (codes[seen] < 0).any():
        return None
    if not flagged and any(state.lapsed is not None for state in states):
        return None
    code = rows.of(np.stack([codes[step] for step in pair]))
    return CareerPanel(
        customers=nw.maybe_reset_index(facts_as_of.days.customers[np.flatnonzero(kept)]),
        states=tuple(states),
        code=code,
        start=np.concatenate([[0], np.cumsum(rows.months_of_each)]),
        entry=history.opens + rows.entry,
        known=~unknown[kept],
        row=np.arange(len(code), dtype=np.min_scalar_type(-len(code) - 1)),
    )


@frozen(kw_only=True, eq=False)
class _Rows:
    """Selection of the rows of careers from tables by customer and step.

    A mask over a whole table reads it in one pass, several times faster than looking each row up. A step stands for its
    own month and for the skipped months after it, which have no purchase.

    Attributes:
        entry: the month in which each customer's rows begin, always a step, (n,).
        month: the month of each step, (steps,).
        months: the number of months, the last of which the last step may stand for.
    """

    entry: Whole
    month: NDArray[np.int32]
    months: int

    @property
    def customer(self) -> Whole:
        """The customer of each row, (rows,)."""
        return np.repeat(np.arange(len(self.entry)), self.months_of_each)

    @property
    def months_of_each(self) -> Whole:
        """Number of rows of each customer, (n,)."""
        return self.months - self.entry

    @property
    def whole(self) -> bool:
        """Whether every month was evaluated."""
        return self.months == len(self.month)

    @cached_property
    def is_row(self) -> Mask:
        """Whether each step is a row of the customer, (n, steps)."""
        return self.month >= self.entry[:, None]

    @cached_property
    def months_of_step(self) -> Whole:
        """Number of months that each step stands for, (rows of steps,)."""
        return self._picked(np.broadcast_to(np.diff(self.month, append=self.months), self.is_row.shape))

    @cached_property
    def months_after_step(self) -> Whole | int:
        """Months from its step to each row, (rows,)."""
        if self.whole:
            return 0
        months = self.months_of_step
        return np.arange(months.sum()) - np.repeat(np.cumsum(months) - months, months)

    def chosen(self, table: NDArray[Any]) -> NDArray[Any]:
        """The rows of a table by customer, (n, steps), as (rows,)."""
        rows = self._picked(table)
        return rows if self.whole else np.repeat(rows, self.months_of_step)

    def of(self, table: NDArray[Any]) -> NDArray[Any]:
        """The rows of a table by step, (steps, n), as (rows,)."""
        return self.chosen(np.ascontiguousarray(table.T))

    def of_month(self, values: NDArray[Any]) -> NDArray[Any]:
        """The value of each row's month, (rows,), from the values of all months, (months,)."""
        if self.whole:
            return self._picked(np.broadcast_to(values, self.is_row.shape))
        return np.asarray(values[self.chosen(np.broadcast_to(self.month, self.is_row.shape)) + self.months_after_step])

    def per_step(self, cells: Whole, amounts: Array | None = None) -> NDArray[Any]:
        """Number of entries, or sum of their amounts, by customer and step, (n, steps)."""
        n, steps = len(self.entry), len(self.month)
        added = np.bincount(cells, minlength=n * steps) if amounts is None else by_group(amounts, cells, size=n * steps)
        return added.reshape(n, steps)

    def complete(self, history: RungHistory) -> Mask:
        """Whether later data will leave each row unchanged, (rows,)."""
        over = np.ones(history.months, dtype=bool)
        over[-1] = not history.partial
        return self.of_month(over) & np.repeat(history.dated, self.months_of_each)

    def _picked(self, table: NDArray[Any]) -> NDArray[Any]:
        """The steps of a table by customer that are rows, (rows of steps,)."""
        answer: NDArray[Any] = table[self.is_row] if self.entry.any() else table.reshape(-1)
        return answer


def _cells(code: Whole, day: Whole, history: RungHistory) -> Whole:
    """The customer and step of each entry as one number, (m,)."""
    if not len(day):
        return np.empty(0, np.int64)
    first, last = int(day.min()), int(day.max())
    ends = history.day_of(history.month).astype(np.int64)
    step = np.searchsorted(ends, np.arange(first, last + 1))  # each day looked up once, not each entry
    return code * len(ends) + step[day - first]
