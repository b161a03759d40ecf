"""Amounts added up per customer and point in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.numerics.money.exact_sums import by_window

if TYPE_CHECKING:
    from numpy.typing import NDArray


@frozen(kw_only=True, eq=False)
class Entries:
    """One entry per customer and point in time, sorted by customer, then time.

    Attributes:
        starts: entries of customer i stand at `starts[i]:starts[i + 1]`, (n + 1,).
        time: when, in ticks since 1970-01-01, (m,).
        amount: the sum of the rows at that time, (m,).
    """

    starts: NDArray[np.int64]
    time: NDArray[np.int64]
    amount: NDArray[np.float64]

    @classmethod
    def of(
        cls, code: NDArray[np.int64], time: NDArray[np.int64], amount: NDArray[np.float64], *, customers: int
    ) -> Entries:
        """Rows added up: customer `code` (r,), `time` (r,), `amount` (r,); zero amounts are entries too.

        >>> rows = np.array([0, 1, 0]), np.array([7, 7, 7]), np.array([10.0, 5.0, 2.0])
        >>> Entries.of(*rows, customers=3).amount
        array([12.,  5.])
        """
        if not len(code):
            return cls(starts=np.zeros(customers + 1, np.int64), time=np.empty(0, np.int64), amount=np.empty(0))
        # A sparse customer x time matrix: its counting sort groups rows in linear time, several times faster
        # than sorting keys. scipy is loaded here so that importing the package stays cheap.
        from scipy import sparse  # noqa: PLC0415

        first = int(time.min())
        since = time - first
        span = int(since.max()) + 1
        narrow = max(span, len(code), customers) < 2**31
        at = (code.astype(np.int32), since.astype(np.int32)) if narrow else (code, since)
        rows = sparse.coo_matrix((amount, at), shape=(customers, span))
        rows.has_canonical_format = True  # so said, scipy keeps rows of one time apart: it adds in the order of rows
        table = rows.tocsr()
        table.sort_indices()
        cells, added = _merged(table.indptr, table.indices, table.data)
        if len(cells):
            table.sum_duplicates()
            table.data[cells] = added
        return cls(
            starts=table.indptr.astype(np.int64),
            time=table.indices.astype(np.int64) + first,
            amount=table.data,
        )

    @property
    def code(self) -> NDArray[np.int64]:
        """The customer of each entry, (m,)."""
        return np.repeat(np.arange(len(self.starts) - 1), self.count)

    @property
    def count(self) -> NDArray[np.int64]:
        """Entries of each customer, (n,)."""
        return np.diff(self.starts)

    @property
    def first(self) -> NDArray[np.int64]:
        """Time of each customer's first entry, (n,); where there is none, some entry of another."""
        return self._time_at(self.starts[:-1])

    @property
    def last(self) -> NDArray[np.int64]:
        """Time of each customer's last entry, (n,); some entry of another where there is none."""
        return self._time_at(self.starts[1:] - 1)

    def total(self, values: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """The sum of `values` (m,), else of the amounts, per customer, (n,)."""
        return by_window(self.amount if values is None else values, self.starts[:-1], self.starts[1:])

    def after_first(self) -> NDArray[np.float64]:
        """The sum of the amounts after each customer's first entry, (n,)."""
        return by_window(self.amount, np.minimum(self.starts[:-1] + 1, self.starts[1:]), self.starts[1:])

    def where(self, kept: NDArray[np.bool_], *, amount: NDArray[np.float64]) -> Entries:
        """The entries under `kept`, with other amounts (m,)."""
        before = np.concatenate([[0], np.cumsum(kept)])
        return Entries(starts=before[self.starts], time=self.time[kept], amount=amount[kept])

    def _time_at(self, position: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(self.time):
            return np.zeros(len(position), np.int64)
        return self.time[np.clip(position, 0, len(self.time) - 1)]


def _merged(
    indptr: NDArray[np.integer[Any]], time: NDArray[np.integer[Any]], amount: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which entries have several rows, as positions among the entries, (k,), and the sums of these rows, (k,).

    Args:
        indptr: where the rows of each customer begin, (n + 1,).
        time: of each row, in order for each customer, (r,).
        amount: of each row, (r,).
    """
    again = time[1:] == time[:-1]
    again[indptr[(indptr > 0) & (indptr < len(time))] - 1] = False
    repeated = np.flatnonzero(again) + 1  # a row at the time of the row before it
    opens = np.flatnonzero(np.diff(repeated, prepend=-1) > 1)
    begin, size = repeated[opens] - 1, np.diff(opens, append=len(repeated)) + 1
    several, end = amount[np.sort(np.concatenate([begin, repeated]))], np.cumsum(size)
    return begin - opens, by_window(several, end - size, end)
