"""Sufficient statistics of a customer base for the likelihoods of NBD, BG/NBD and MBG/NBD."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.special.rising_factorial import counts_above


@frozen(kw_only=True, eq=False)
class PurchaseStatistics:
    """Counts of a customer base; times are divided by a scale.

    Log rising factorials are summed by counts (`special.rising_factorial`).

    Attributes:
        n: customers.
        x_above: customers with more than j repeat purchases, j = 0, 1, ..., (J,).
        chances_above: customers with more than j dropout opportunities, (K,).
        ages, age_n, age_x: distinct ages T, and the customers and their purchases at each, (A,).
        x, t_x, T, chances, weights: distinct rows with a dropout opportunity (chances > 0), (m,).
    """

    n: float
    x_above: Array
    chances_above: Array
    ages: Array
    age_n: Array
    age_x: Array
    x: Array
    t_x: Array
    T: Array
    chances: Whole
    weights: Array


def tabulate(*, x: Array, t_x: Array, T: Array, weights: Array, chances: Array, scale: float) -> PurchaseStatistics:
    """Statistics of a customer base.

    Args:
        x: repeat purchases, (n,).
        t_x: age at the last purchase, (n,).
        T: age now, (n,).
        weights: customers that each row stands for, (n,).
        chances: dropout opportunities of each row, (n,).
        scale: the time that becomes 1.

    >>> one = np.ones(1)
    >>> statistics = tabulate(x=3 * one, t_x=30 * one, T=40 * one, weights=2 * one, chances=4 * one, scale=40.0)
    >>> statistics.x_above, statistics.chances_above
    (array([2., 2., 2.]), array([2., 2., 2., 2.]))
    """
    ages, age = _ages(T)
    may_be_inactive = chances > 0
    return PurchaseStatistics(
        n=float(weights.sum()),
        x_above=counts_above(x, weights),
        chances_above=counts_above(chances, weights),
        ages=ages / scale,
        age_n=np.bincount(age, weights=weights).astype(np.float64),
        age_x=np.bincount(age, weights=weights * x).astype(np.float64),
        x=x[may_be_inactive],
        t_x=t_x[may_be_inactive] / scale,
        T=T[may_be_inactive] / scale,
        chances=chances[may_be_inactive].astype(np.int64),
        weights=weights[may_be_inactive],
    )


def _ages(T: Array) -> tuple[Array, NDArray[np.intp]]:
    """Distinct ages in ascending order, and the position of each row's age; sorted rows are not sorted again."""
    if not np.all(T[1:] >= T[:-1]):
        return np.unique(T, return_inverse=True)
    older = np.concatenate([np.zeros(min(len(T), 1), dtype=bool), T[1:] > T[:-1]])
    begins = np.concatenate([np.zeros(min(len(T), 1), dtype=np.intp), np.flatnonzero(older)])
    return T[begins], np.cumsum(older)
