"""Dated entries of many customers, sorted by day, to count each customer's entries up to any day."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Whole

CACHED_DAYS = 12
"""Days whose counts are cached: windows of 3, 6, 9 and 12 months at two month ends each, and four more."""


@frozen(kw_only=True, eq=False)
class EntriesByDay:
    """Entries sorted by day; counting them up to a day is one pass, several times faster than a search per customer.

    The last counts are cached, and a new count continues from the nearest earlier day. Called month end by month end,
    it counts an entry once per window and not once for every later month.

    Attributes:
        start: where each customer's entries begin among the entries sorted by customer, then day, (n,).
        day: day of each entry, ascending, (m,).
        code: customer of each entry, (m,).
        counted: the cached answers of `ends`, by day.

    >>> entries = EntriesByDay.of(code=np.array([0, 0, 2]), day=np.array([1, 5, 3]), n=3)
    >>> entries.ends(4).tolist()
    [1, 2, 3]
    """

    start: Whole
    day: Whole
    code: Whole
    counted: dict[int, Whole] = field(init=False, factory=dict, repr=False)

    @classmethod
    def of(cls, *, code: Whole, day: Whole, n: int) -> EntriesByDay:
        """Sort entries of `n` customers: customer `code` from 0, (m,), and `day` since 1970-01-01, (m,), of each."""
        order = _by_day(day)
        count = np.bincount(code, minlength=n)
        return cls(start=np.cumsum(count) - count, day=day[order], code=code[order])

    def ends(self, day: int) -> Whole:
        """Position after each customer's last entry up to and including `day`, among entries sorted by customer, (n,).

        The array is shared with later calls and read-only.
        """
        ends = self.counted.pop(day, None)
        if ends is None:
            counted = dict(self.counted)  # other threads may forget days meanwhile
            ends = self._continued(max((earlier for earlier in counted if earlier < day), default=None), counted, day)
            ends.setflags(write=False)
        self.counted[day] = ends  # most recently used last
        for oldest in list(self.counted)[:-CACHED_DAYS]:
            self.counted.pop(oldest, None)
        return ends

    def _continued(self, base: int | None, counted: dict[int, Whole], day: int) -> Whole:
        """`ends(day)`, counted on from that of `base` in `counted`; from the start if `base` is None."""
        first = 0 if base is None else int(np.searchsorted(self.day, base, side="right"))
        last = int(np.searchsorted(self.day, day, side="right"))
        count = np.bincount(self.code[first:last], minlength=len(self.start))
        return count + (self.start if base is None else counted[base])


def _by_day(day: Whole) -> Whole:
    """Positions sorted by day. Days that span less than two centuries sort as 16-bit integers, many times faster."""
    if not len(day):
        return np.empty(0, np.int64)
    since = day - day.min()
    return np.argsort(since.astype(np.uint16) if since.max() < 2**16 else since, kind="stable")
