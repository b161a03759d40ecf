"""Customers known to be alive who buy after every k-th stage, and what is known of how they carry on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class Ahead:
    """Customers known to be alive, and how they carry on.

    Attributes:
        k: stages of a gap.
        s: shape of the gamma over stage rates before the stages since the last purchase, (n,).
        rate: its rate, (n,).
        a: first parameter of the beta over the chance of leaving, (n,); 0: nobody leaves.
        b: its second parameter b', (n,).
    """

    k: int
    s: Array
    rate: Array
    a: Array
    b: Array

    def at(self, rows: NDArray[np.int64]) -> Ahead:
        """Some of them."""
        return Ahead(k=self.k, s=self.s[rows], rate=self.rate[rows], a=self.a[rows], b=self.b[rows])


def ahead_of(*, k: int, s: Array, rate: Any, a: Any, b: Any) -> Ahead:
    """Customers with what they share spelt out for each.

    >>> ahead_of(k=2, s=np.array([1.0, 3.0]), rate=40.0, a=0.9, b=2.6).rate
    array([40., 40.])
    """
    s, rate, a, b = np.broadcast_arrays(*(np.asarray(given, dtype=float) for given in (s, rate, a, b)))
    return Ahead(k=k, s=s, rate=rate, a=a, b=b)
