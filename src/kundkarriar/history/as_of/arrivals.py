"""Dated entries of many customers in the order in which they came: what had come by a day is a beginning of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray


REMEMBERED = 12
"""Counts kept: windows of 3, 6, 9 and 12 months, each at two month ends, and some to spare."""


@frozen(kw_only=True, eq=False)
class Arrivals:
    """Entries by day, to be counted up to any day: one pass, several times faster than a search per customer.

    The last counts are remembered, and the next is counted on from the nearest earlier one: asked month end by month
    end, an entry is counted once for each window, and not once for every month after it.

    Attributes:
        start: where each customer's entries begin among entries sorted by customer, then day, (n,).
        day: the day of each entry, in ascending order, (m,).
        code: its customer, (m,).

    >>> came = Arrivals.of(code=np.array([0, 0, 2]), day=np.array([1, 5, 3]), n=3)
    >>> came.ends(4).tolist()
    [1, 2, 3]
    """

    start: NDArray[np.int64]
    day: NDArray[np.int64]
    code: NDArray[np.int64]
    counted: dict[int, NDArray[np.int64]] = field(init=False, factory=dict, repr=False)

    @classmethod
    def of(cls, *, code: NDArray[np.int64], day: NDArray[np.int64], n: int) -> Arrivals:
        """From entries in any order: customer of each, from 0 (m,), its day since 1970-01-01 (m,), n customers."""
        order = _by_day(day)
        count = np.bincount(code, minlength=n)
        return cls(start=np.cumsum(count) - count, day=day[order], code=code[order])

    def ends(self, day: int) -> NDArray[np.int64]:
        """Where the entries of each customer up to and including `day` end, as positions among all entries, (n,).

        The array is shared with later calls, and not to be written to.
        """
        found = self.counted.pop(day, None)
        if found is None:
            base = max((earlier for earlier in list(self.counted) if earlier < day), default=None)
            found = self._on_from(base, day)
            found.setflags(write=False)
        self.counted[day] = found  # the last asked stands last
        for oldest in list(self.counted)[:-REMEMBERED]:
            self.counted.pop(oldest, None)
        return found

    def _on_from(self, base: int | None, day: int) -> NDArray[np.int64]:
        """Where entries end, from where they ended on the day `base`."""
        first = 0 if base is None else int(np.searchsorted(self.day, base, side="right"))
        last = int(np.searchsorted(self.day, day, side="right"))
        come = np.bincount(self.code[first:last], minlength=len(self.start))
        return come + (self.start if base is None else self.counted[base])


def _by_day(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions in order of day; days of less than two centuries are sorted as short numbers, many times faster."""
    if not len(day):
        return np.empty(0, np.int64)
    since = day - day.min()
    return np.argsort(since.astype(np.uint16) if since.max() < 2**16 else since, kind="stable")
