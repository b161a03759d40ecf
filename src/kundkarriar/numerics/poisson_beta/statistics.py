"""Everything that the likelihoods of repeat buying need of a customer base, counted once before a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class PurchaseTable:
    """A customer base as counts; times are divided by a scale, so that no unit matters.

    Sums of log-gamma functions become sums over counts: lnΓ(r + x) - lnΓ(r) is the sum of ln(r + j) for
    j < x, so only the number of customers with more than j purchases is needed. It is exact where the
    difference of two log-gammas cancels (a large r), and its derivatives are sums of 1 / (r + j).

    Attributes:
        n: customers.
        buyers: customers with more than j repeat purchases, j = 0, 1, ..., (J,).
        risks: customers with more than j chances to leave, (K,).
        ages, age_n, age_x: different ages T, the customers of that age and their purchases, (A,).
        x, t_x, T, chances, weights: different rows that may have left (chances > 0), (m,).
    """

    n: float
    buyers: Array
    risks: Array
    ages: Array
    age_n: Array
    age_x: Array
    x: Array
    t_x: Array
    T: Array
    chances: NDArray[np.int64]
    weights: Array


def tabulate(*, x: Array, t_x: Array, T: Array, weights: Array, chances: Array, scale: float) -> PurchaseTable:
    """Count a customer base.

    Args:
        x: repeat purchases, (n,).
        t_x: age at the last purchase, (n,).
        T: age now, (n,).
        weights: customers that each row stands for, (n,).
        chances: how many times each row may have left up to its last purchase, (n,).
        scale: the time that becomes 1.

    >>> one = np.ones(1)
    >>> table = tabulate(x=3 * one, t_x=30 * one, T=40 * one, weights=2 * one, chances=4 * one, scale=40.0)
    >>> table.buyers, table.risks
    (array([2., 2., 2.]), array([2., 2., 2., 2.]))
    """
    ages, age = _ages(T)
    may_have_left = chances > 0
    return PurchaseTable(
        n=float(weights.sum()),
        buyers=_more_than(x, weights),
        risks=_more_than(chances, weights),
        ages=ages / scale,
        age_n=np.bincount(age, weights=weights).astype(np.float64),
        age_x=np.bincount(age, weights=weights * x).astype(np.float64),
        x=x[may_have_left],
        t_x=t_x[may_have_left] / scale,
        T=T[may_have_left] / scale,
        chances=chances[may_have_left].astype(np.int64),
        weights=weights[may_have_left],
    )


def _ages(T: Array) -> tuple[Array, NDArray[np.intp]]:
    """Different ages, rising, and which of them each row has; rows already in order of age need no sort."""
    if not np.all(T[1:] >= T[:-1]):
        return np.unique(T, return_inverse=True)
    older = np.concatenate([np.zeros(min(len(T), 1), dtype=bool), T[1:] > T[:-1]])
    begins = np.concatenate([np.zeros(min(len(T), 1), dtype=np.intp), np.flatnonzero(older)])
    return T[begins], np.cumsum(older)


def _more_than(counts: Array, weights: Array) -> Array:
    """The weight of rows with more than j, for j = 0, 1, ..., largest - 1."""
    exactly = np.bincount(counts.astype(np.int64), weights=weights).astype(np.float64)
    return np.cumsum(exactly[::-1])[::-1][1:]
