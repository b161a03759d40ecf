"""State of every customer on the ladder, which is carried from one month end to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, fields_dict, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Mask, Whole
from kundkarriar.ladder.rungs.grace import customers_on_rung
from kundkarriar.ladder.rungs.rung import Rung

NO_RUNG = -1
"""The rung of a customer who is not yet known."""
NEVER_HELD = -(10**9)
"""The last month held of a rung that was never held: before any grace."""


@frozen(kw_only=True, eq=False)
class MonthEnd:
    """The month at whose end the rungs are evaluated.

    Attributes:
        month: its number, from 0.
        partial: whether the day of evaluation lies before the end of the month.
        known: whether each customer is known by then, (n,).
    """

    month: int
    partial: bool
    known: Mask

    def months_since(self, month: NDArray[np.int32]) -> NDArray[np.int32]:
        """Whole months since an earlier month; 0 for `NO_RUNG`."""
        passed = np.subtract(self.month - self.partial, month, dtype=np.int32)
        passed[(month == NO_RUNG) | (passed < 0)] = 0
        return passed


@define(kw_only=True, eq=False)
class RungState:
    """The earlier months, as far as the rungs of the next month depend on them. Months are 32-bit to save memory.

    Attributes:
        last_held: the last month in which each customer met the rung's condition, proxy or lower bar, (rungs, n).
        since: the month in which each customer came to a rung or above it, without a break since, (rungs, n); `NO_RUNG`
            for customers below it, and for rungs that no other rung's `after` names.
        on_rung: whether each rung holds for each customer, by its condition, lower bar or grace, (rungs, n).
        met: whether each customer meets the rung's condition or proxy, (rungs, n).
        by_proxy: whether each customer meets only the proxy, (rungs, n).
        kept: whether each customer meets only the lower bar, (rungs, n).
        rung: the highest rung that holds for each customer, (n,).
    """

    last_held: NDArray[np.int32]
    since: NDArray[np.int32]
    on_rung: Mask
    met: Mask
    by_proxy: Mask
    kept: Mask
    rung: NDArray[np.int8]

    @classmethod
    def initial(cls, *, rungs: int, n: int) -> RungState:
        """The state before the first month."""
        no = np.zeros((rungs, n), dtype=bool)
        return cls(
            last_held=np.full((rungs, n), NEVER_HELD, dtype=np.int32),
            since=np.full((rungs, n), NO_RUNG, dtype=np.int32),
            on_rung=no,
            met=no.copy(),
            by_proxy=no.copy(),
            kept=no.copy(),
            rung=np.full(n, NO_RUNG, dtype=np.int8),
        )

    def at(self, index: Whole) -> RungState:
        """A state of its own of the customers at `index`, (m,), which may come several times."""
        parts = {name: getattr(self, name)[..., index] for name in fields_dict(RungState)}
        return RungState(**parts)

    def advance(self, rungs: Sequence[Rung], frame: Any, now: MonthEnd) -> None:
        """Bring the state to the end of a month; `frame` has the facts as of that day."""
        names = [rung.name for rung in rungs]
        highest = np.full(len(now.known), NO_RUNG, dtype=np.int8)
        for number, rung in enumerate(rungs):
            met = rung.when.holds(frame) & now.known
            if rung.after is not None and met.any():
                below = names.index(rung.after.rung)
                met &= now.months_since(self.since[below]) >= rung.after.months
                met &= self.on_rung[below:number].any(axis=0)
            if rung.proxy is not None:
                by_proxy = rung.proxy.holds(frame) & ~met & now.known
                met |= by_proxy
                self.by_proxy[number] = by_proxy
            self.met[number] = met
            self.on_rung[number] = customers_on_rung(
                rung.hold,
                frame,
                met=met,
                on_rung=self.on_rung[number],
                kept=self.kept[number],
                last_held=self.last_held[number],
                month=now.month,
            )
            np.copyto(highest, np.int8(number), where=self.on_rung[number])
        self.rung = highest
        for number in {names.index(rung.after.rung) for rung in rungs if rung.after is not None}:
            since = self.since[number]
            np.copyto(since, now.month, where=since == NO_RUNG)
            np.copyto(since, NO_RUNG, where=highest < number)

    def proxied(self) -> Mask:
        """Whether each customer is on the highest rung by proxy, (n,)."""
        answer = np.zeros(len(self.rung), dtype=bool)
        for number, by_proxy in enumerate(self.by_proxy):
            if by_proxy.any():
                answer |= by_proxy & (self.rung == number)
        return answer

    def memory(self, rungs: Sequence[Rung], *, month: int) -> NDArray[np.int32]:
        """The part of the state that decides on the rungs of later months, (3, rungs, n).

        Its parts are whether each rung holds, months since it was last held (at most one more than its grace), and
        months on it or above it (at most one more than any rung requires). If two consecutive months have the same
        memory and no condition changes, the rungs stay as they are.
        """
        grace = np.array([1 + (0 if rung.hold is None else rung.hold.months) for rung in rungs], dtype=np.int32)
        longest = max((rung.after.months for rung in rungs if rung.after is not None), default=0)
        unmet = np.minimum(month - self.last_held, grace[:, None])
        kept = np.where(self.since == NO_RUNG, NO_RUNG, np.minimum(month - self.since, longest + 1))
        return np.stack([self.on_rung, unmet, kept])

    def carry_forward(self, month: int, *, since: int) -> None:
        """Skip to `month` without a change: rungs last held in the month `since` are held until `month`."""
        self.last_held[self.last_held == since] = month
