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
from scipy.special import polygamma, psi

from kundkarriar.numerics.gamma_ratio import log_stays

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


def total(gap: Array, weights: Array, *, a: Any, b: Any, c: Any, d: Any) -> tuple[float, Array, Array]:
    """Sum of weight x ln Q over rows, its gradient (4,) and Hessian (4, 4) in (a, b, c, d).

    The derivatives of ln Q are moments of the slopes of its terms, each weighted as the term is in Q.

    Args:
        gap: opportunities passed in silence, (n,), at least 1.
        weights: customers that each row stands for, (n,).
        a: (n,) or a number, as the others.
        b: second parameter of the beta over the chance of buying.
        c: first parameter of the beta over the chance of leaving.
        d: its second.
    """
    order = np.argsort(-gap, kind="stable")
    gap, weights = gap[order], weights[order]
    a, b, c, d = _row_by_row((a, b, c, d), order)
    sums = _Moments(len(gap))
    # sums of 1 / (a + b + k), 1 / (b + k), 1 / (c + d + k), 1 / (d + k) over the steps so far, and of their squares
    steps, squares = np.zeros((4, len(gap))), np.zeros((4, len(gap)))
    for i, (m, term) in enumerate(_terms(gap, sums.weight, (a, b, c, d))):
        for row, base, before in ((0, a + b, 1), (1, b, 1), (2, c + d, 0), (3, d, 1)):
            if i >= before:
                over = 1 / (base[:m] + i - before)
                steps[row, :m] += over
                squares[row, :m] += over**2
        sums.add(m, term, steps[:, :m], squares[:, :m], left_with=c[:m])
    there = np.exp(log_stays(gap, a=a, b=b) + log_stays(gap, a=c, b=d))
    bases = (a + b, b, c + d, d)
    steps = np.array([psi(base + gap) - psi(base) for base in bases])
    squares = np.array([polygamma(1, base) - polygamma(1, base + gap) for base in bases])
    sums.add(len(gap), there, steps, squares, left_with=None)
    return sums.of_log(weights)


class _Moments:
    """Sums over the terms of Q: of the term, of it times its slopes, and times what makes second derivatives."""

    def __init__(self, n: int) -> None:
        self.weight = np.zeros(n)
        self.slopes = np.zeros((4, n))
        self.bends = np.zeros((4, 4, n))

    def add(self, m: int, term: Array, steps: Array, squares: Array, *, left_with: Array | None) -> None:
        """The terms of the first m rows; `left_with` is c where they are of having left."""
        ab, b, cd, d = steps
        slopes = np.stack([-ab, b - ab, -cd, d - cd])
        bends = np.zeros((4, 4, m))
        bends[:2, :2] = squares[0]
        bends[1, 1] -= squares[1]
        bends[2:, 2:] = squares[2]
        bends[3, 3] -= squares[3]
        if left_with is not None:
            slopes[2] += 1 / left_with
            bends[2, 2] -= 1 / left_with**2
        self.weight[:m] += term
        self.slopes[:, :m] += term * slopes
        self.bends[:, :, :m] += term * (bends + slopes[:, None] * slopes[None])

    def of_log(self, weights: Array) -> tuple[float, Array, Array]:
        """Value, gradient and Hessian of the sum of weights x ln Q."""
        slopes, bends = self.slopes / self.weight, self.bends / self.weight
        curved = bends - slopes[:, None] * slopes[None]
        return float(weights @ np.log(self.weight)), slopes @ weights, curved @ weights


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
