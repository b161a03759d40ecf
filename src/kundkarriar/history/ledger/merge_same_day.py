"""Merging of amounts: all purchases of a customer on one day become one purchase day; returns likewise."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.money.exact_sums import by_window


@frozen(kw_only=True, eq=False)
class MergedAmounts:
    """Amounts merged per customer and time (a day, or a time stamp), sorted by customer, then time.

    Attributes:
        starts: the entries of customer i are at `starts[i]:starts[i + 1]`, (n + 1,).
        time: time of each entry in ticks since 1970-01-01, (m,).
        amount: sum of the rows of that customer at that time, (m,).
    """

    starts: Whole
    time: Whole
    amount: Array

    @classmethod
    def merge(cls, code: Whole, time: Whole, amount: Array, *, customers: int) -> MergedAmounts:
        """Merge the rows of each customer and time by adding their amounts; a sum of zero is an entry too.

        `code`, `time` and `amount` are those of each row, (r,); times that are days make one entry per day.

        >>> rows = np.array([0, 1, 0]), np.array([7, 7, 7]), np.array([10.0, 5.0, 2.0])
        >>> MergedAmounts.merge(*rows, customers=3).amount
        array([12.,  5.])
        """
        if not len(code):
            return cls(starts=np.zeros(customers + 1, np.int64), time=np.empty(0, np.int64), amount=np.empty(0))
        # The counting sort of a sparse customer x time matrix groups rows in linear time, several times faster than
        # sorting keys. scipy is imported here to keep the import of the package cheap.
        from scipy import sparse  # noqa: PLC0415

        first = int(time.min())
        since = time - first
        span = int(since.max()) + 1
        narrow = max(span, len(code), customers) < 2**31
        at = (code.astype(np.int32), since.astype(np.int32)) if narrow else (code, since)
        rows = sparse.coo_matrix((amount, at), shape=(customers, span))
        rows.has_canonical_format = True  # keeps scipy from adding duplicates in the order of rows
        table = rows.tocsr()
        table.sort_indices()
        cells, sums = _repeated_sums(table.indptr, table.indices, table.data)
        if len(cells):
            table.sum_duplicates()
            table.data[cells] = sums
        return cls(starts=table.indptr.astype(np.int64), time=table.indices.astype(np.int64) + first, amount=table.data)

    @property
    def code(self) -> Whole:
        """Customer of each entry, (m,)."""
        return np.repeat(np.arange(len(self.starts) - 1), self.count)

    @property
    def count(self) -> Whole:
        """Number of entries of each customer, (n,)."""
        return np.diff(self.starts)

    @property
    def first(self) -> Whole:
        """Time of each customer's first entry, (n,); arbitrary for customers without entries."""
        return self._time_at(self.starts[:-1])

    @property
    def last(self) -> Whole:
        """Time of each customer's last entry, (n,); arbitrary for customers without entries."""
        return self._time_at(self.starts[1:] - 1)

    def total(self, values: Array | None = None) -> Array:
        """Sum of `values` (m,), by default of the amounts, per customer, (n,)."""
        return by_window(self.amount if values is None else values, self.starts[:-1], self.starts[1:])

    def of_first(self) -> Array:
        """The amount of each customer's first entry, (n,); NaN without one."""
        amounts = np.append(self.amount, np.nan)
        return np.where(self.count > 0, amounts[self.starts[:-1]], np.nan)

    def after_first(self) -> Array:
        """Sum of the amounts after each customer's first entry, (n,)."""
        return by_window(self.amount, np.minimum(self.starts[:-1] + 1, self.starts[1:]), self.starts[1:])

    def where(self, kept: Mask, *, amount: Array) -> MergedAmounts:
        """The entries marked by `kept` (m,), with other amounts (m,)."""
        before = np.concatenate([[0], np.cumsum(kept)])
        return MergedAmounts(starts=before[self.starts], time=self.time[kept], amount=amount[kept])

    def _time_at(self, position: Whole) -> Whole:
        if not len(self.time):
            return np.zeros(len(position), np.int64)
        return self.time[np.clip(position, 0, len(self.time) - 1)]


def _repeated_sums(
    indptr: NDArray[np.integer[Any]], time: NDArray[np.integer[Any]], amount: Array
) -> tuple[Whole, Array]:
    """Positions of the entries that merge several rows, (k,), and the sums of their rows, (k,).

    `indptr` are the positions of each customer's first row, (n + 1,); within a customer times ascend, (r,).
    """
    same = time[1:] == time[:-1]
    same[indptr[(indptr > 0) & (indptr < len(time))] - 1] = False
    repeated = np.flatnonzero(same) + 1  # rows with the time of the row before
    opens = np.flatnonzero(np.diff(repeated, prepend=-1) > 1)
    begin, size = repeated[opens] - 1, np.diff(opens, append=len(repeated)) + 1
    several, end = amount[np.sort(np.concatenate([begin, repeated]))], np.cumsum(size)
    return begin - opens, by_window(several, end - size, end)
