"""How well partitions of customers separate a later value: eta squared, against chance, and out of sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE

ALIKE = 1e-9
"""Difference of two means, in standard deviations of all values, up to which they are equal: sums are rounded."""


@frozen(kw_only=True, eq=False)
class Separation:
    """How well one partition separates the value, R repeats.

    Attributes:
        eta_squared: share of the variance that lies between groups, 0 to 1.
        shuffled: the same of shuffled values, (R,).
        explained: share of the variance in one random half that the group means of the other half explain, at most 1;
            both ways of each halving, (2 R,); NaN where the values of a half do not differ.
        order_kept: share of pairs of customers in different groups whose groups have the same order of means in both
            halves, (R,); half a pair where means are equal; NaN without two groups in both halves.
    """

    eta_squared: float
    shuffled: Array
    explained: Array
    order_kept: Array

    @property
    def p_chance(self) -> float:
        """Share of shuffles that separate as well or better, of R + 1: the values as they are count as one.

        Source: Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1), equation 2.
        """
        as_well = np.count_nonzero(self.shuffled >= self.eta_squared - TIE_TOLERANCE)
        return float((1 + as_well) / (1 + len(self.shuffled)))


def standardised(values: Array) -> Array | None:
    """Values with mean 0 and standard deviation 1, (n,); None where they do not differ by more than rounding.

    >>> standardised(np.array([0.0, 2.0])), standardised(np.array([0.3, 0.1 + 0.2]))
    (array([-1.,  1.]), None)
    """
    largest = float(np.abs(values).max(initial=0.0))
    if not len(values) or np.ptp(values) <= TIE_TOLERANCE * largest:
        return None
    centred = values / largest
    centred = centred - centred.mean()
    scaled: Array = centred / np.sqrt(np.mean(centred**2))
    return scaled


def eta_squared(z: Array, group: Whole) -> float:
    """Share of the variance of `standardised` values, (n,), that lies between groups, (n,) codes from 0.

    >>> round(eta_squared(standardised(np.array([1.0, 2.0, 3.0, 4.0])), np.array([0, 0, 1, 1])), 3)
    0.8
    """
    return _between(_by(group, z), _by(group, np.ones(len(z))))


def separations(
    z: Array, groups: Sequence[Whole], *, repeats: int, generator: np.random.Generator
) -> tuple[Separation, ...]:
    """How well each of several partitions separates `standardised` values.

    All partitions are judged by the same shuffles and halvings. Half of the customers has the error of a mean of all
    in its spread around it, so the spread of `explained` is that of the sampled customers (Shao and Tu 1995, The
    Jackknife and Bootstrap, section 2.3, delete-half). A bootstrap has customers twice, in both halves too, and looks
    better than it is.

    Args:
        z: standardised values, (n,).
        groups: the group of each customer in each partition, (n,) codes from 0 without gaps.
        repeats: number R of shuffles and of halvings.
        generator: makes them; for the same order of customers they are the same.
    """
    cell, sizes = np.zeros(len(z), dtype=np.int64), [_by(each, np.ones(len(z))) for each in groups]
    for each in groups:  # the customers who share all groups are counted together
        _, cell = np.unique(cell * (int(each.max(initial=0)) + 1) + each, return_inverse=True)
    first = np.zeros(int(cell.max(initial=0)) + 1, dtype=np.int64)
    first[cell] = np.arange(len(z))
    group_of_cell = [each[first] for each in groups]
    shuffled, order_kept = np.empty((len(groups), repeats)), np.empty((len(groups), repeats))
    explained = np.empty((len(groups), repeats, 2))
    for repeat, (mixed, halves) in enumerate(_repeated(z, cell, len(first), repeats=repeats, generator=generator)):
        for at, (own, size) in enumerate(zip(group_of_cell, sizes, strict=True)):
            shuffled[at, repeat] = _between(_by(own, mixed), size)
            one, other = (half.grouped(own) for half in halves)
            explained[at, repeat] = one.explains(other), other.explains(one)
            order_kept[at, repeat] = _same_order(one, other, size)
    return tuple(
        Separation(
            eta_squared=eta_squared(z, each),
            shuffled=shuffled[at],
            explained=explained[at].ravel(),
            order_kept=order_kept[at],
        )
        for at, each in enumerate(groups)
    )


@frozen(kw_only=True, eq=False)
class _Half:
    """Number of customers and sum of values of each group, (k,), and the sum of all squares, in one half."""

    size: Array
    sum: Array
    squares: float

    def grouped(self, group: Whole) -> _Half:
        return _Half(size=_by(group, self.size), sum=_by(group, self.sum), squares=self.squares)

    def explains(self, other: _Half) -> float:
        """Share of the variance of the other half around the mean of this one that the group means here explain."""
        n = other.size.sum()
        mean = self.sum.sum() / max(self.size.sum(), 1.0)
        means = self.means(empty=mean)
        around = other.squares - 2 * mean * other.sum.sum() + mean**2 * n
        error = other.squares - 2 * means @ other.sum + means**2 @ other.size
        return float(1 - error / around) if around > TIE_TOLERANCE * n else np.nan

    def means(self, *, empty: float) -> Array:
        return np.where(self.size > 0, self.sum / np.maximum(self.size, 1.0), empty)


def _repeated(
    z: Array, cell: Whole, cells: int, *, repeats: int, generator: np.random.Generator
) -> Iterator[tuple[Array, tuple[_Half, _Half]]]:
    """The sums of shuffled values by cell, and both halves; one random order serves as shuffle and as halving."""
    size, sums = _by(cell, np.ones(len(z)), cells), _by(cell, z, cells)
    for _ in range(repeats):
        order = generator.permutation(len(z))
        mixed, chosen = z[order], order[: len(z) // 2]
        inside, values = cell[chosen], mixed[: len(chosen)]
        half = _Half(
            size=np.bincount(inside, minlength=cells).astype(np.float64),
            sum=_by(inside, values, cells),
            squares=float(values @ values),
        )
        rest = _Half(size=size - half.size, sum=sums - half.sum, squares=len(z) - half.squares)
        yield _by(cell, mixed, cells), (half, rest)


def _by(group: Whole, values: Array, groups: int = 0) -> Array:
    """The sum of the values of each group, (`groups` or more,)."""
    return np.bincount(group, weights=values, minlength=groups).astype(np.float64, copy=False)


def _between(sums: Array, size: Array) -> float:
    """The share of the variance between groups, from sums of standardised values and sizes of groups, (k,) each."""
    return min(float((sums**2 / size).sum() / size.sum()), 1.0)


def _same_order(one: _Half, other: _Half, size: Array) -> float:
    """Share of pairs of customers of different groups whose groups have the same order of means in both halves."""
    there = (one.size > 0) & (other.size > 0)
    signs = [_signs(half.means(empty=0.0)[there]) for half in (one, other)]
    pairs = np.triu(np.outer(size[there], size[there]), k=1)
    every = pairs.sum()
    return float((1 + (pairs * signs[0] * signs[1]).sum() / every) / 2) if every else np.nan


def _signs(means: Array) -> Array:
    """1, 0 or -1 for each pair of groups, as the first has the larger, the same or the smaller mean, (k, k)."""
    difference = means[:, None] - means
    return np.where(np.abs(difference) > ALIKE, np.sign(difference), 0.0)
