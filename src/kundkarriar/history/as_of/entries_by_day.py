"""Dated entries of many customers, sorted by day, to count each customer's entries up to any day."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Whole

CACHED_DAYS = 20
"""Days whose counts are cached: each month end asks for 3, 6, 9 and 12 months before, as the three before it did."""


@frozen(kw_only=True, eq=False)
class EntriesByDay:
    """Entries sorted by day; counting them up to a day is one pass, several times faster than a search per customer.

    The last counts are cached, and a new count continues from the nearest earlier day. Called month end by month end,
    it counts an entry once per window and not once for every later month. Positions have 32 bits where they suffice.

    Attributes:
        start: where each customer's entries begin among the entries sorted by customer, then day, (n,).
        first: the first day of all.
        until: number of entries before each day from the first on, and at the end of all, (days + 1,).
        code: customer of each entry, by day, (m,).
        counted: the cached answers of `ends`, by day.

    >>> entries = EntriesByDay.of(code=np.array([0, 0, 2]), day=np.array([1, 5, 3]), n=3)
    >>> entries.ends(4).tolist()
    [1, 2, 3]
    """

    start: NDArray[Any]
    first: int
    until: NDArray[Any]
    code: NDArray[Any]
    counted: dict[int, Whole] = field(init=False, factory=dict, repr=False)

    @classmethod
    def of(cls, *, code: Whole, day: Whole, n: int) -> EntriesByDay:
        """Sort entries of `n` customers by day; `code` from 0 and `day` since 1970-01-01 ascend by customer, (m,)."""
        from scipy import sparse  # noqa: PLC0415 - keeps the import of the package cheap

        first = int(day.min(initial=0))
        start = np.concatenate([[0], np.cumsum(np.bincount(code, minlength=n))])
        since = day - first
        shape = (n, int(since.max(initial=0)) + 1)
        by_customer = sparse.csr_matrix((np.ones(len(day), dtype=np.int8), since, start), shape=shape)
        by_day = by_customer.tocsc()  # a counting sort, in one pass
        return cls(start=by_customer.indptr[:-1], first=first, until=by_day.indptr, code=by_day.indices)

    @property
    def days(self) -> Whole:
        """The days that have an entry, ascending."""
        return self.first + np.flatnonzero(np.diff(self.until))

    def ends(self, day: int) -> Whole:
        """Position after each customer's last entry up to and including `day`, among entries sorted by customer, (n,).

        The array is shared with later calls and read-only.
        """
        ends = self.counted.pop(day, None)
        if ends is None:
            counted = dict(self.counted)  # other threads may forget days meanwhile
            base = max((earlier for earlier in counted if earlier < day), default=None)
            begin = 0 if base is None else self._until(base)
            count = np.bincount(self.code[begin : self._until(day)], minlength=len(self.start))
            ends = count.astype(self.start.dtype) + (self.start if base is None else counted[base])
            ends.setflags(write=False)
        self.counted[day] = ends  # most recently used last
        for oldest in list(self.counted)[:-CACHED_DAYS]:
            self.counted.pop(oldest, None)
        return ends

    def _until(self, day: int) -> int:
        """Number of entries up to and including a day."""
        return int(self.until[min(max(day + 1 - self.first, 0), len(self.until) - 1)])
