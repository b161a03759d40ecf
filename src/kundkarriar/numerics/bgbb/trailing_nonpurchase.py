"""Probability of the trailing nonpurchase of single customers in BG/BB, row by row and draw by draw.

Trailing nonpurchase: the opportunities at the end of a history at which nothing was bought. The sum over a customer
base, with derivatives for fits, is in `sufficient_statistics.py`.

A customer alive at the last purchase buys at each opportunity with probability p ~ Beta(a, b) and, before each, drops
out with probability theta ~ Beta(c, d). The probability of no purchase at g opportunities is

    Q = sum over i < g of  E[(1 - p)^i] E[theta (1 - theta)^i]  +  E[(1 - p)^g] E[(1 - theta)^g]:

dropout before the (i + 1)th opportunity, or alive after all g. The terms are positive and fall with i, so they are
added from the first until the rest is negligible; each is the one before times a ratio below 1, so nothing overflows.
"""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.beta_geometric_survival import log_survival

NEGLIGIBLE = 1e-22
"""The sum ends where all remaining terms together are less than this share of it."""


def log_parts(gap: Array, *, a: Any, b: Any, c: Any, d: Any) -> tuple[Array, Array]:
    """Logs of the two parts of Q for gaps g (n,): with dropout (minus infinity where g = 0), and alive.

    Each parameter is a number, (n,), (1, S) or (n, S). Each part is (n,), or (n, S) for S draws.
    """
    shapes = np.broadcast_shapes(*(np.shape(value) for value in (a, b, c, d)))
    whole = (len(gap),) if len(shapes) < 2 else (len(gap), shapes[1])
    order = np.argsort(-gap, kind="stable")
    ordered = [np.broadcast_to(np.asarray(value, dtype=np.float64), whole)[order] for value in (a, b, c, d)]
    dropout = np.empty(whole)
    dropout[order] = _dropout_sum(gap[order], *ordered)
    g = gap[:, None] if dropout.ndim == 2 else gap
    with np.errstate(divide="ignore"):
        return np.log(dropout), log_survival(g, a=a, b=b) + log_survival(g, a=c, b=d)


def _dropout_sum(gap: Array, a: Array, b: Array, c: Array, d: Array) -> Array:
    """The part with dropout of rows in falling order of their gap, until the remaining terms cannot change it."""
    cumulated, term = np.zeros(a.shape), c / (c + d)
    longest_gap = int(gap[0]) if len(gap) else 0
    for i in range(longest_gap):
        m = int(np.searchsorted(-gap, -i, side="left"))  # rows with a gap above i
        term = term[:m]
        cumulated[:m] += term
        if (term * (longest_gap - i)).max() <= NEGLIGIBLE * cumulated[:m].min():
            break
        no_purchase = (b[:m] + i) / (a[:m] + b[:m] + i)
        term = term * no_purchase * ((d[:m] + i) / (c[:m] + d[:m] + i + 1))
    return cumulated
