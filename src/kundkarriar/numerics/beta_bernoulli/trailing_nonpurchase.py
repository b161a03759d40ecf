"""Opportunities in a row that pass without a purchase: not taken, or the customer has left.

A customer alive at the start of the silence buys at each opportunity with chance p ~ Beta(a, b) and, before each,
leaves with chance theta ~ Beta(c, d). That g opportunities pass in silence has the probability

    Q = sum over i < g of  E[(1 - p)^i] E[theta (1 - theta)^i]  +  E[(1 - p)^g] E[(1 - theta)^g]:

left before the (i + 1)th, or still there. The terms are positive and fall with i, so they are added from the first
until what follows cannot matter; each is the one before times a ratio below 1, so nothing overflows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.numerics.special.gamma_ratio import log_stays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NOTHING = 1e-22
"""Terms end where all that follow are less than this share of the sum."""


def log_parts(gap: Array, *, a: Any, b: Any, c: Any, d: Any) -> tuple[Array, Array]:
    """Logs of the two parts of Q: left during the silence (minus infinity where it is empty), and still there.

    Args:
        gap: opportunities passed in silence, g, (n,), whole numbers.
        a: first parameter of the beta over the chance of buying; as all four a number, (n,), (1, S) or (n, S).
        b: its second.
        c: first parameter of the beta over the chance of leaving.
        d: its second.

    Returns:
        Each (n,), or (n, S) for S draws.

    >>> left, there = log_parts(np.array([0.0, 1.0]), a=1.0, b=1.0, c=1.0, d=1.0)
    >>> np.exp(left), np.exp(there)
    (array([0. , 0.5]), array([1.  , 0.25]))
    """
    order = np.argsort(-gap, kind="stable")
    ordered = _row_by_row((a, b, c, d), order)
    left = np.zeros(ordered[0].shape)
    for m, term in _terms(gap[order], left, ordered):
        left[:m] += term
    before = np.empty_like(left)
    before[order] = left
    g = gap[:, None] if before.ndim == 2 else gap
    with np.errstate(divide="ignore"):
        return np.log(before), log_stays(g, a=a, b=b) + log_stays(g, a=c, b=d)


def _row_by_row(values: Sequence[Any], order: NDArray[np.int64]) -> list[Array]:
    """Parameters for the rows in `order`: (n,), or (n, S) where one of them is draws."""
    shapes = np.broadcast_shapes(*(np.shape(value) for value in values))
    whole = (len(order),) if len(shapes) < 2 else (len(order), shapes[1])
    return [np.broadcast_to(np.asarray(value, dtype=np.float64), whole)[order] for value in values]


def _terms(gap: Array, left: Array, parameters: Sequence[Array]) -> Iterator[tuple[int, Array]]:
    """For i = 0, 1, ...: how many rows (in falling order of gap) have an ith term of having left, and the terms.

    `left` is where the reader adds them up: when the rest cannot change it, there are no more.
    """
    a, b, c, d = parameters
    term = c / (c + d)
    longest = int(gap[0]) if len(gap) else 0
    for i in range(longest):
        m = int(np.searchsorted(-gap, -i, side="left"))  # rows with a gap above i
        term = term[:m]
        yield m, term
        if (term * (longest - i)).max() <= NOTHING * left[:m].min():
            return
        no_purchase = (b[:m] + i) / (a[:m] + b[:m] + i)
        term = term * no_purchase * ((d[:m] + i) / (c[:m] + d[:m] + i + 1))
