"""Amounts in descending order, in which the rank and the cumulative share of any of them are found by bisection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE


@frozen(kw_only=True, eq=False)
class RankedAmounts:
    """All amounts, the largest first, with the places where amounts differ and still tie.

    What a sort and a sum over all amounts tell is then told of each of them in blocks, in any order, by the rules of
    `merge_ties`.

    Attributes:
        lifted: the negatives of the amounts, ascending, (n,).
        tied: places of amounts that tie with the one before and differ from it, ascending, (k,); often none.
        begins: the first place of the ties of each of them, (k,).

    >>> ranked = RankedAmounts.of(np.array([0.3, 5.0, 0.1 + 0.2, 0.0]))
    >>> ranked.ranks(np.array([0.3, 0.1 + 0.2, 0.0]))
    array([2., 2., 4.])
    >>> RankedAmounts.of(np.array([75.0, 5.0, 20.0])).shares()(np.array([20.0, 5.0])).tolist()
    [0.95, 1.0]
    """

    lifted: Array
    tied: Whole
    begins: Whole

    @classmethod
    def of(cls, amounts: Array) -> RankedAmounts:
        """The amounts in order; missing ones, NaN, are left out."""
        lifted = -amounts[np.isfinite(amounts)]
        lifted.sort()
        gap = lifted[1:] - lifted[:-1]
        near = (gap > 0) & (gap <= TIE_TOLERANCE * np.maximum(np.abs(lifted[1:]), np.abs(lifted[:-1])))
        tied = 1 + np.flatnonzero(near)
        begins: list[int] = []
        for place in tied:
            before = int(np.searchsorted(lifted, lifted[place - 1]))
            begins.append(begins[-1] if begins and tied[len(begins) - 1] == before else before)
        return cls(lifted=lifted, tied=tied, begins=np.array(begins, dtype=np.int64))

    def first_places(self, amounts: Array) -> Whole:
        """The place of the first of the amounts that each one ties with, (m,); the amounts are among those ranked."""
        place = _found(self.lifted, -amounts, side="left")
        if not len(self.tied):
            return place
        at = np.minimum(np.searchsorted(self.tied, place), len(self.tied) - 1)
        return np.where(self.tied[at] == place, self.begins[at], place)

    def last_places(self, amounts: Array) -> Whole:
        """The place of the last of the amounts that each one ties with, (m,)."""
        place = _found(self.lifted, -amounts, side="right") - 1
        while len(self.tied):  # a chain of ties goes on from group to group
            at = np.minimum(np.searchsorted(self.tied, place + 1), len(self.tied) - 1)
            on = self.tied[at] == place + 1
            if not on.any():
                break
            place[on] = np.searchsorted(self.lifted, self.lifted[place[on] + 1], side="right") - 1
        return place

    def ranks(self, amounts: Array) -> Array:
        """1 + the number of larger amounts, ties sharing a rank, (m,); NaN stays."""
        return _of_known(amounts, lambda known: self.first_places(known) + 1.0)

    def shares(self) -> Callable[[Array], Array]:
        """The share of the positive sum that amounts at least as large hold, as a function of amounts, (m,) to (m,).

        1 of an amount that is not positive; NaN of a missing one, and where nothing is positive.
        """
        held = np.cumsum(np.maximum(-self.lifted, 0.0))
        if not len(held) or held[-1] == 0:
            return lambda amounts: np.full(len(amounts), np.nan)
        held /= held[-1]
        return lambda amounts: _of_known(amounts, lambda known: np.where(known > 0, held[self.last_places(known)], 1.0))


def _found(ascending: Array, amounts: Array, *, side: str) -> Whole:
    """`np.searchsorted` of many amounts among very many: in their own order, for memory is read from end to end."""
    order = np.argsort(amounts)
    place = np.empty(len(amounts), dtype=np.int64)
    place[order] = np.searchsorted(ascending, amounts[order], side=side)  # type: ignore[call-overload]
    return place


def _of_known(amounts: Array, function: Callable[[Array], Any]) -> Array:
    answer, known = np.full(len(amounts), np.nan), np.isfinite(amounts)
    answer[known] = function(amounts[known])
    return answer
