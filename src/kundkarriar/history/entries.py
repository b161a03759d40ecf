"""Amounts added up per customer and point in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

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
        table = sparse.coo_matrix((amount, at), shape=(customers, span)).tocsr()
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
        values = self.amount if values is None else values
        answer = np.zeros(len(self.starts) - 1)
        some = np.flatnonzero(self.count)
        if len(some):
            answer[some] = np.add.reduceat(values, self.starts[some])
        return answer

    def where(self, kept: NDArray[np.bool_], *, amount: NDArray[np.float64]) -> Entries:
        """The entries under `kept`, with other amounts (m,)."""
        before = np.concatenate([[0], np.cumsum(kept)])
        return Entries(starts=before[self.starts], time=self.time[kept], amount=amount[kept])

    def _time_at(self, position: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(self.time):
            return np.zeros(len(position), np.int64)
        return self.time[np.clip(position, 0, len(self.time) - 1)]
