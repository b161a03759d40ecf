"""Careers as a long table: a row for every customer and month since the customer became known; and their states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.frames import category_column
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.ladder.career_panel import CareerPanel, State, codes_of_pairs, states_seen
from kundkarriar.ladder.rungs.reasons import evidence_words
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.ladder.rungs.rung_history import RungHistory
from kundkarriar.numerics.money.exact_sums import by_group

CELLS = 2**19
"""Customers times steps whose rows are made at once: their tables stay in a processor's cache."""
LONGEST = 2**8
"""Careers of so many months count them in 16 bits, and so do all that 16 bits can count."""
ENTRIES = ("known", "unknown")


def career_rows(
    history: RungHistory, facts_as_of: FactsAsOf, *, rungs: Sequence[Rung], unknown: Mask | None, like: Any
) -> dict[str, Any]:
    """The columns of `CustomerLadder.careers`, customer by customer, month by month.

    `unknown` says whose entry is unknown, (n,), in a column `entry`; None: there is no such column.
    """
    days, entry = facts_as_of.days, history.entry
    bought = booked = _Cells.of(history, code=days.code, day=days.day)
    if days.ledger_code is not days.code:  # something was returned, on days of its own
        booked = _Cells.of(history, code=days.ledger_code, day=days.ledger_day)
    words = evidence_words(rungs, events=facts_as_of.events is not None)
    kinds = list(dict.fromkeys(words))
    kind = np.array([kinds.index(word) for word in words], dtype=np.int8)
    begins = np.arange(history.opens, history.opens + history.months).astype("datetime64[M]").astype("datetime64[us]")
    whole = np.min_scalar_type(-max(history.months, LONGEST))
    owner = np.repeat(np.arange(len(entry), dtype=np.int32), history.months - entry)
    columns: dict[str, Any] = {"customer_id": days.customers[owner]}
    del owner
    for rows in _blocks(entry, month=history.month, months=history.months):
        own = evolve(history, rung=history.rung[:, rows.customers])
        rung, month, purchases = rows.chosen(own.rung.T), rows.month_of_row, bought.counts(rows)
        made = {
            "period_start": begins[month],
            "rung": rung,
            "rung_number": rung.astype(np.int16) + np.int16(1),
            **({} if history.lapsed is None else {"lapsed": rows.of(history.lapsed)}),
            "previous_rung": rows.chosen(own.previous_rung().T),
            "highest_rung": rows.chosen(own.highest_rung().T),
            "months_on_rung": own.months_on_rung(month, since=rows.chosen(own.rung_since().T)).astype(whole),
            "evidence": kind[np.where(rows.of(history.proxied), len(rungs), rung)],
            "purchases": rows.chosen(purchases.astype(np.int16)),
            "purchases_so_far": rows.chosen(np.cumsum(purchases, axis=1, dtype=np.int32)),
            **({"value": rows.chosen(booked.sums(rows, days.ledger_amount))} if facts_as_of.priced else {}),
            "complete": (month <= history.last_complete) & rows.of_customers(history.dated),
            **({} if unknown is None else {"entry": rows.of_customers(unknown).astype(np.int8)}),
        }
        for name, values in made.items():
            if name not in columns:
                columns[name] = np.empty(len(columns["customer_id"]), values.dtype)
            columns[name][rows.at] = values
    names = [rung.name for rung in rungs]
    texts = {
        **dict.fromkeys(("rung", "previous_rung", "highest_rung"), names),
        "evidence": kinds,
        **({} if unknown is None else {"entry": ENTRIES}),
    }
    return columns | {name: category_column(several, columns[name], like=like) for name, several in texts.items()}


def states_of(
    history: RungHistory,
    facts_as_of: FactsAsOf,
    *,
    names: Sequence[str],
    unknown: Mask | None,
    states: Sequence[State] | None,
    rungs: Sequence[str] | None,
) -> CareerPanel | None:
    """The states of every customer in the complete months, as `read_careers` reads them from the frame of careers.

    None where it would refuse them: no month is complete, or some rung is not among the `states` or `rungs`.

    Args:
        history: the rungs.
        facts_as_of: the customers.
        names: the names of the rungs.
        unknown: as in `career_rows`.
        states: as in `read_careers`.
        rungs: as in `read_careers`.
    """
    months, flagged = history.last_complete + 1, history.lapsed is not None
    kept = history.dated & (history.entry < months)
    entry, month = history.entry[kept], history.month[history.month < months]
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
    if not occurring or (codes[seen] < 0).any():
        return None
    if not flagged and any(state.lapsed is not None for state in states):
        return None
    start = np.concatenate([[0], np.cumsum(months - entry)])
    code = np.empty(start[-1], codes.dtype)
    for rows in _blocks(entry, month=month, months=months):
        code[rows.at] = codes[rows.of(pair)]
    return CareerPanel(
        customers=nw.maybe_reset_index(facts_as_of.days.customers[np.flatnonzero(kept)]),
        states=tuple(states),
        code=code,
        start=start,
        entry=history.opens + entry,
        known=np.ones(len(entry), dtype=bool) if unknown is None else ~unknown[kept],
        row=np.arange(len(code), dtype=np.min_scalar_type(-len(code) - 1)),
    )


@frozen(kw_only=True, eq=False)
class _Rows:
    """The rows of b customers who follow each other, selected from tables by customer and step.

    A mask over a table reads it in one pass, several times faster than looking each row up. A step stands for its own
    month and for the skipped months after it, which have no purchase.

    Attributes:
        customers: the places of the customers among all.
        at: the places of their rows among all.
        entry: the month in which each customer's rows begin, always a step, (b,).
        month: the month of each step, (steps,).
        months: the number of months, the last of which the last step may stand for.
    """

    customers: slice
    at: slice
    entry: Whole
    month: NDArray[np.int32]
    months: int

    @cached_property
    def is_row(self) -> Mask:
        """Whether each step is a row of the customer, (b, steps)."""
        return self.month >= self.entry[:, None]

    @cached_property
    def months_of_step(self) -> Whole | None:
        """Number of months that each row of a step stands for, (rows of steps,); None where each is its own alone."""
        if self.months == len(self.month):
            return None
        return np.broadcast_to(np.diff(self.month, append=self.months), self.is_row.shape)[self.is_row]

    @cached_property
    def month_of_row(self) -> Whole:
        """The month of each row, (rows,)."""
        each = self.months - self.entry
        return np.arange(each.sum()) - np.repeat(np.cumsum(each) - self.months, each)

    def chosen(self, table: NDArray[Any]) -> NDArray[Any]:
        """The rows of a table of these customers, (b, steps), as (rows,)."""
        table = np.ascontiguousarray(table)
        rows = table[self.is_row] if self.entry.any() else table.reshape(-1)
        return rows if self.months_of_step is None else np.repeat(rows, self.months_of_step)

    def of(self, table: NDArray[Any]) -> NDArray[Any]:
        """The rows of a table of all customers, (steps, n), as (rows,)."""
        return self.chosen(table[:, self.customers].T)

    def of_customers(self, values: NDArray[Any]) -> NDArray[Any]:
        """The value of each row's customer, (rows,), from those of all customers, (n,)."""
        return np.repeat(values[self.customers], self.months - self.entry)


def _blocks(entry: Whole, *, month: NDArray[np.int32], months: int) -> Iterator[_Rows]:
    """The rows of all customers, in their order, some customers at a time."""
    size, at = max(CELLS // len(month), 1), 0
    for first in range(0, len(entry), size):
        own = entry[first : first + size]
        end = at + months * len(own) - int(own.sum())
        customers = slice(first, first + len(own))
        yield _Rows(customers=customers, at=slice(at, end), entry=own, month=month, months=months)
        at = end


@frozen(kw_only=True, eq=False)
class _Cells:
    """Entries of all customers by step, to count and to add them.

    Attributes:
        start: position of each customer's first entry, and at the end their number, (n + 1,).
        code: the customer of each entry, (m,).
        day: its day, (m,).
        first: the first day of all.
        step: the step of each day from the first to the last.
    """

    start: Whole
    code: Whole
    day: Whole
    first: int
    step: Whole

    @classmethod
    def of(cls, history: RungHistory, *, code: Whole, day: Whole) -> _Cells:
        """The entries of a history, sorted by customer."""
        first, last = (int(day.min()), int(day.max())) if len(day) else (0, -1)
        ends = history.day_of(history.month).astype(np.int64)
        step = np.searchsorted(ends, np.arange(first, last + 1))  # each day looked up once, not each entry
        start = np.concatenate([[0], np.cumsum(np.bincount(code, minlength=len(history.entry)))])
        return cls(start=start, code=code, day=day, first=first, step=step)

    def counts(self, rows: _Rows) -> Whole:
        """Number of entries by customer and step, (b, steps)."""
        shape, _, cells = self._cells(rows)
        return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)

    def sums(self, rows: _Rows, amounts: Array) -> Array:
        """Sum of the amounts, (m,), by customer and step, (b, steps)."""
        shape, own, cells = self._cells(rows)
        return by_group(amounts[own], cells, size=shape[0] * shape[1]).reshape(shape)

    def _cells(self, rows: _Rows) -> tuple[tuple[int, int], slice, Whole]:
        """Shape of the table of these customers, their entries, and the cell of each."""
        begin, end = rows.customers.start, rows.customers.stop
        own = slice(int(self.start[begin]), int(self.start[end]))
        cells = (self.code[own] - begin) * len(rows.month) + self.step[self.day[own] - self.first]
        return (end - begin, len(rows.month)), own, cells
