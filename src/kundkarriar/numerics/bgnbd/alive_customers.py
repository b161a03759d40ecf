"""Customers known to be alive, with the posterior of their stage rate and dropout probability."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array


@frozen(kw_only=True, eq=False)
class AliveCustomers:
    """Customers known to be alive: gamma posterior of the stage rate, beta posterior of the dropout probability.

    Attributes:
        k: Erlang stages of a gap between purchases.
        s: shape of the gamma, r + k x, without the stages done since the last purchase, (n,).
        rate: rate of the gamma, alpha + T, (n,).
        a: first parameter of the beta, (n,); 0: nobody drops out.
        b: its second parameter b', b and the number of dropout opportunities survived, (n,).
    """

    k: int
    s: Array
    rate: Array
    a: Array
    b: Array

    def at(self, rows: Any) -> AliveCustomers:
        """The customers at positions `rows`; a column of them for (rows, None)."""
        return AliveCustomers(k=self.k, s=self.s[rows], rate=self.rate[rows], a=self.a[rows], b=self.b[rows])

    def lifelong_purchases(self) -> Array:
        """Expected purchases ever, (k, n), which depend on the dropout probability alone; infinite where a <= 1."""
        finite = self.a > 1
        purchases = np.where(finite, (self.a + self.b - 1) / np.where(finite, self.a - 1, 1.0), np.inf)
        return np.tile(purchases, (self.k, 1))


def alive_customers(*, k: int, s: Any, rate: Any, a: Any, b: Any) -> AliveCustomers:
    """Build `AliveCustomers`; arguments that customers share are broadcast."""
    s, rate, a, b = np.broadcast_arrays(*(np.asarray(given, dtype=float) for given in (s, rate, a, b)))
    return AliveCustomers(k=k, s=s, rate=rate, a=a, b=b)
