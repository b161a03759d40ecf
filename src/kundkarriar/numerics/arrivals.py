"""Dated entries of many customers in the order in which they came: what had come by a day is a beginning of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray


@frozen(kw_only=True, eq=False)
class Arrivals:
    """Entries by day, to be counted up to any day: one pass, several times faster than a search per customer.

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

    @classmethod
    def of(cls, *, code: NDArray[np.int64], day: NDArray[np.int64], n: int) -> Arrivals:
        """From entries in any order: customer of each, from 0 (m,), its day since 1970-01-01 (m,), n customers."""
        order = np.argsort(day, kind="stable")
        count = np.bincount(code, minlength=n)
        return cls(start=np.cumsum(count) - count, day=day[order], code=code[order])

    def ends(self, day: int) -> NDArray[np.int64]:
        """Where the entries of each customer up to and including `day` end, as positions among all entries, (n,)."""
        come = self.code[: np.searchsorted(self.day, day, side="right")]
        return self.start + np.bincount(come, minlength=len(self.start))
