"""Sufficient statistics of a customer base for the likelihoods of NBD, (M)BG/NBD and (M)BG/CNBD-k."""

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
        k: Erlang stages of a gap between purchases.
        stages_above: customers with more than j stages in their repeat purchases, j = 0, 1, ..., (J,).
        chances_above: customers with more than j dropout opportunities, (K,).
        ages, age_n, age_stages: distinct ages T, and the customers and the stages of their purchases at each, (A,).
        stages, t_x, T, chances, weights: the rows, (m,); at k = 1 those with a dropout opportunity (chances > 0), as
            the others add nothing to the counts.
    """

    k: int
    stages_above: Array
    chances_above: Array
    ages: Array
    age_n: Array
    age_stages: Array
    stages: Array
    t_x: Array
    T: Array
    chances: Whole
    weights: Array


def tabulate(
    *, x: Array, t_x: Array, T: Array, weights: Array, chances: Array, scale: float, k: int = 1
) -> PurchaseStatistics:
    """Statistics of rows (n,) that stand for `weights` customers each; `scale` is the time that becomes 1."""
    ages, age = _ages(T)
    rows = slice(None) if k > 1 else chances > 0
    return PurchaseStatistics(
        k=k,
        stages_above=counts_above(k * x, weights),
        chances_above=counts_above(chances, weights),
        ages=ages / scale,
        age_n=np.bincount(age, weights=weights).astype(np.float64),
        age_stages=np.bincount(age, weights=weights * (k * x)).astype(np.float64),
        stages=k * x[rows],
        t_x=t_x[rows] / scale,
        T=T[rows] / scale,
        chances=chances[rows].astype(np.int64),
        weights=weights[rows],
    )


def _ages(T: Array) -> tuple[Array, NDArray[np.intp]]:
    """Distinct ages in ascending order, and the position of each row's age; sorted rows are not sorted again."""
    if not np.all(T[1:] >= T[:-1]):
        return np.unique(T, return_inverse=True)
    begins = np.flatnonzero(np.diff(T, prepend=np.nan))
    older = np.zeros(len(T), dtype=np.intp)
    older[begins[1:]] = 1
    return T[begins], np.cumsum(older)
