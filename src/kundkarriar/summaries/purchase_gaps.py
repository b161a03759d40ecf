"""`PurchaseGaps`: the gaps between the purchase days of each customer, as one array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.fields import as_floats
from kundkarriar.history.sorted_entries import sums
from kundkarriar.numerics.sampling.stable_hash import stable_hash

DECIMALS = 9
"""Gaps, in periods, that round to the same number with so many decimals are equal."""
SALT = np.uint64(0x5851F42D4C957F2D)


def _positions(given: Any) -> Any:
    return np.asarray(given, dtype=np.int64)


@frozen(kw_only=True, eq=False)
class PurchaseGaps:
    """The gaps between consecutive purchase days of n rows, m in all.

    Models depend on the multiset of a row's gaps: their order within a row has no meaning.

    Attributes:
        length: the gaps in periods, above 0, row after row, (m,).
        starts: the gaps of row i are `length[starts[i]:starts[i + 1]]`, (n + 1,).

    >>> gaps = PurchaseGaps(length=[3, 21, 5, 21, 3], starts=[0, 2, 2, 3, 5])
    >>> gaps.count.tolist(), gaps.pattern().tolist(), gaps[[3, 1]].length.tolist()
    ([2, 0, 1, 2], [2, 0, 1, 2], [21.0, 3.0])
    """

    length: Array = field(converter=as_floats)
    starts: Whole = field(converter=_positions)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, where: NDArray[Any]) -> PurchaseGaps:
        """The gaps of the rows selected by a mask or by positions, in order."""
        rows = np.arange(len(self))[where]
        count = self.count[rows]
        starts = ends_of(count)
        at = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], count)
        return PurchaseGaps(length=self.length[at], starts=starts)

    @property
    def count(self) -> Whole:
        """Number of gaps of each row, (n,)."""
        return np.diff(self.starts)

    @property
    def row(self) -> Whole:
        """Row of each gap, (m,)."""
        return np.repeat(np.arange(len(self)), self.count)

    def total(self) -> Array:
        """Sum of the gaps of each row, (n,)."""
        return sums(values=self.length, start=self.starts[:-1], end=self.starts[1:])

    def before(self) -> Array:
        """Sum of the gaps of all rows before each row, (n,)."""
        return np.concatenate([[0.0], np.cumsum(self.length)])[self.starts[:-1]]

    def ascending(self) -> PurchaseGaps:
        """The same rows, each with its gaps from the shortest to the longest."""
        code, lengths = pd.factorize(self.length, sort=True)
        key = self.row * len(lengths) + code  # sorting one integer takes a third of the time of lexsort
        key.sort()
        return PurchaseGaps(length=lengths[key % max(len(lengths), 1)], starts=self.starts)

    def hashes(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Two hashes of the multiset of gaps of each row, (n,) each, which depend on nothing else.

        Each is a sum of hashes of single gaps modulo 2**64, so that no gap needs to be sorted. Among a million rows
        chance makes two different multisets equal in both with a probability of 1e-27.
        """
        single = stable_hash(ids=np.rint(self.length * 10**DECIMALS).astype(np.int64))
        again = stable_hash(ids=single ^ SALT)
        # differences of cumulative sums are exact modulo 2**64
        first, second = (np.concatenate([[np.uint64(0)], np.cumsum(each)]) for each in (single, again))
        begin, end = self.starts[:-1], self.starts[1:]
        return first[end] - first[begin], second[end] - second[begin]

    def pattern(self) -> Whole:
        """Number of each row's multiset of gaps among those of all rows, (n,): equal multisets have one number.

        Numbers follow the hashes, so that sorting by them gives one order whatever the order of the rows.
        """
        first, second = (pd.factorize(each, sort=True)[0].astype(np.int64) for each in self.hashes())
        return np.asarray(pd.factorize(first * (second.max(initial=0) + 1) + second, sort=True)[0], dtype=np.int64)


def ends_of(count: Whole) -> Whole:
    """`starts` of rows with `count` gaps each, (n + 1,)."""
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
