"""Log-likelihoods of leaving after purchases at many parameters at once: what posteriors ask thousands of times.

The same sums as `beta_geometric.total`, without derivatives, and laid out for speed: rows in blocks that stay in the
processor's cache, logarithms once per different age, and the logarithm of a product in place of a sum of logarithms.
Sums by einsum, not by `@`: the threads that BLAS starts cost many times more than the sums on a busy machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from scipy.special import gammaln

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from kundkarriar.numerics.poisson_beta.statistics import PurchaseTable

    Array = NDArray[np.float64]
    Places = NDArray[np.int64]

ROWS, NUMBERS = 4096, 2**18
"""Rows of a block, and numbers that a block times some points may hold."""

FACTORS = 1000
"""Numbers between 1 and 2 that are multiplied before a logarithm: a double holds 2 to the 1023."""

LONG = 4096
"""Sums over counts longer than this are taken as differences of log-gammas, once per count that occurs."""


@frozen(kw_only=True, eq=False)
class Block:
    """Some rows that may have left.

    Attributes:
        x: repeat purchases, (m, 1).
        late, at_late: different ages, (A, 1), and where each row finds its own, (m,).
        early, at_early: different ages at the last purchase, likewise.
        chances, at_chances: different numbers of chances to leave less one, likewise.
        weights: (m,).
        heavy: rows of a weight other than 1, (h,).
    """

    x: Array
    late: Array
    at_late: Places
    early: Array
    at_early: Places
    chances: Array
    at_chances: Places
    weights: Array
    heavy: Places

    @classmethod
    def of(cls, table: PurchaseTable, rows: slice) -> Block:
        """The rows under `rows`."""
        late, at_late = np.unique(table.T[rows], return_inverse=True)
        early, at_early = np.unique(table.t_x[rows], return_inverse=True)
        chances, at_chances = np.unique(table.chances[rows] - 1.0, return_inverse=True)
        weights = table.weights[rows]
        return cls(
            x=table.x[rows, None],
            late=late[:, None],
            at_late=at_late,
            early=early[:, None],
            at_early=at_early,
            chances=chances[:, None],
            at_chances=at_chances,
            weights=weights,
            heavy=np.flatnonzero(weights != 1.0),
        )

    def left(self, *, r: Array, alpha: Array, a: Array, b: Array) -> Array:
        """Sum of ln(1 + odds of having left) over the rows, (S,)."""
        odds = np.log(alpha + self.late)[self.at_late]
        odds -= np.log(alpha + self.early)[self.at_early]
        odds *= r + self.x
        odds += (np.log(a) - np.log(b + self.chances))[self.at_chances]
        found = np.einsum("i,is->s", self.weights, np.maximum(odds, 0.0))
        np.abs(odds, out=odds)
        np.exp(np.negative(odds, out=odds), out=odds)
        odds += 1.0
        products = np.multiply.reduceat(odds, np.arange(0, len(odds), FACTORS), axis=0)
        found += np.log(products).sum(axis=0)
        if len(self.heavy):
            found += np.einsum("i,is->s", self.weights[self.heavy] - 1.0, np.log(odds[self.heavy]))
        return np.asarray(found)


def heights(table: PurchaseTable, *, leaves: bool) -> Callable[..., Array]:
    """A function of r, alpha and, where customers leave, a and b, each (S,): log-likelihoods, (S,).

    >>> from kundkarriar.numerics.poisson_beta.statistics import tabulate
    >>> one = np.ones(1)
    >>> table = tabulate(x=2 * one, t_x=30.43 * one, T=38.86 * one, weights=one, chances=2 * one, scale=1.0)
    >>> at = {"r": np.array([0.243]), "alpha": np.array([4.414]), "a": np.array([0.793]), "b": np.array([2.426])}
    >>> heights(table, leaves=True)(**at).round(4)
    array([-9.4586])
    """
    blocks = [Block.of(table, slice(i, i + ROWS)) for i in range(0, len(table.x), ROWS)] if leaves else []
    size = min(max(len(table.x), len(table.ages), 1), ROWS)
    points = max(NUMBERS // size, 1)

    def at(**parameters: Array) -> Array:
        count = len(parameters["r"])
        parts = [
            _some(table, blocks, **{name: values[i : i + points] for name, values in parameters.items()})
            for i in range(0, count, points)
        ]
        return np.concatenate([*parts, np.empty(0)])

    return at


def _some(
    table: PurchaseTable,
    blocks: Sequence[Block],
    *,
    r: Array,
    alpha: Array,
    a: Array | None = None,
    b: Array | None = None,
) -> Array:
    found = rising_total(table.buyers, r)
    for i in range(0, len(table.ages), ROWS):
        here = slice(i, i + ROWS)
        ages = table.ages[here, None]
        # r ln(alpha) belongs to every customer: ln(1 + T / alpha) keeps its digits where alpha is large
        found -= np.einsum("i,is->s", table.age_x[here], np.log(alpha + ages))
        found -= r * np.einsum("i,is->s", table.age_n[here], np.log1p(ages / alpha))
    if a is None or b is None:
        return found
    found += rising_total(table.risks, b) - rising_total(table.risks, a + b)
    for block in blocks:
        found += block.left(r=r, alpha=alpha, a=a, b=b)
    return found


def rising_total(more_than: Array, start: Array) -> Array:
    """Sum over customers with n of ln Gamma(start + n) - ln Gamma(start), (S,).

    Args:
        more_than: customers with more than j, for j = 0, 1, ..., (J,).
        start: (S,), above 0.

    >>> rising_total(np.array([1.0, 1.0]), np.array([2.0]))  # ln 2 + ln 3
    array([1.79175947])
    """
    if len(more_than) <= LONG:
        return np.asarray(np.einsum("i,is->s", more_than, np.log(start + np.arange(len(more_than))[:, None])))
    exactly = more_than - np.append(more_than[1:], 0.0)
    some = np.flatnonzero(exactly)
    gained = gammaln(start + (some + 1.0)[:, None]) - gammaln(start)
    return np.asarray(np.einsum("i,is->s", exactly[some], gained))
