"""Paths of a block of customers: each customer and draw with a purchase, and each customer without any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.history.as_of.path_facts import AddedDays
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead


@frozen(kw_only=True, eq=False)
class DrawnDays:
    """Drawn days of a block of customers, ordered by customer, then draw, then day.

    Attributes:
        row: customer of each day, a place in the block, (m,).
        draw: draw of each day, (m,).
        day: the day, counted from the last day of the history: 1 is the next day, (m,).
        amount: net value of each purchase, (m,); None where purchases have none.
    """

    row: Whole
    draw: Whole
    day: Whole
    amount: Array | None = None


@frozen(kw_only=True, eq=False)
class DrawnPaths:
    """The states ahead of a block of c customers in S draws.

    Attributes:
        customers: the customers, places in the history, (c,).
        silent: their states at each month end if nothing happens, (h, c).
        row: customer of each path on which something happens, a place in the block, (P,).
        draw: its draw, (P,).
        state: its state at each month end, (h, P).
        path: path of each drawn purchase, (m,).
    """

    customers: Whole
    silent: NDArray[np.uint8]
    row: Whole
    draw: Whole
    state: NDArray[np.uint8]
    path: Whole

    @classmethod
    def of(
        cls,
        ahead: RungsAhead,
        customers: Whole,
        purchases: DrawnDays,
        events: Mapping[str, DrawnDays],
        *,
        draws: int,
    ) -> DrawnPaths:
        """The paths of `customers`, (c,), by their drawn purchases and events."""
        keys = [each.row * draws + each.draw for each in (purchases, *events.values())]
        happened, place = np.unique(np.concatenate(keys), return_inverse=True)
        row, draw = np.divmod(happened, draws)
        path, *others = np.split(place, np.cumsum([len(key) for key in keys])[:-1])
        last = ahead.known.last
        added = {  # two events of a day are two
            name: AddedDays(path=own, day=days.day + last)
            for (name, days), own in zip(events.items(), others, strict=True)
        }
        state = ahead.followed(customers[row], purchases=_each_day_once(path, purchases, last=last), events=added)
        return cls(
            customers=customers,
            silent=ahead.followed(customers),
            row=row,
            draw=draw,
            state=state,
            path=path,
        )

    def by_customer(self, *, states: int, draws: int) -> Whole:
        """Number of draws in which each customer is in each state at each month end, (c, h, states)."""
        h, c = self.silent.shape
        month = np.arange(h)[:, None] * states
        cells = self.row * (h * states) + month + self.state
        counts = np.bincount(cells.ravel(), minlength=c * h * states)
        silent = np.arange(c) * (h * states) + month + self.silent
        counts[silent.ravel()] += np.tile(draws - np.bincount(self.row, minlength=c), h)
        return counts.reshape(c, h, states)

    def tallied(self, of: Callable[[Any], Any], values: int, *, group: Whole, groups: int, draws: int) -> Whole:
        """Number of customers by draw, month end, group and value, (draws, h, groups, values).

        Args:
            of: from states, (h, m), to whole numbers below `values`, (h, m).
            values: the number of different values.
            group: the group of each customer of the block, (c,), below `groups`.
            groups: the number of groups.
            draws: the number of draws.
        """
        h = len(self.silent)
        month, size = np.arange(h)[:, None] * (groups * values), h * groups * values
        silent = month + group * values + of(self.silent)
        left, moved = silent[:, self.row], month + group[self.row] * values + of(self.state)
        changes = np.bincount((self.draw * size + moved).ravel(), minlength=draws * size)
        changes -= np.bincount((self.draw * size + left).ravel(), minlength=draws * size)
        counts = changes.reshape(draws, size) + np.bincount(silent.ravel(), minlength=size)
        return counts.reshape(draws, h, groups, values)

    def whole(self, *, draws: int) -> NDArray[np.uint8]:
        """The state of each customer in each draw at each month end, (c, draws, h)."""
        h, c = self.silent.shape
        answer = np.broadcast_to(self.silent.T[:, None, :], (c, draws, h)).copy()
        answer[self.row, self.draw] = self.state.T
        return answer


def _each_day_once(path: Whole, drawn: DrawnDays, *, last: int) -> AddedDays:
    """The days of each path, each once, with the sum of their amounts."""
    day = drawn.day + last
    first = np.ones(len(path), dtype=bool)
    first[1:] = (path[1:] != path[:-1]) | (day[1:] != day[:-1])
    begins = np.flatnonzero(first)
    amount = None
    if drawn.amount is not None:
        amount = np.add.reduceat(drawn.amount, begins) if len(begins) else np.empty(0)
    return AddedDays(path=path[begins], day=day[begins], amount=amount)


def joined(parts: Iterable[DrawnDays]) -> DrawnDays:
    """Drawn days of one block of customers in consecutive draws, in the order of customer, then draw."""
    several: Sequence[Any] = list(parts)
    row, draw, day = (np.concatenate([getattr(part, name) for part in several]) for name in ("row", "draw", "day"))
    amounts = [part.amount for part in several]
    order = np.lexsort((draw, row))  # stable: days stay in their order
    return DrawnDays(
        row=row[order],
        draw=draw[order],
        day=day[order],
        amount=None if amounts[0] is None else np.concatenate(amounts)[order],
    )
