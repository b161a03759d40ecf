"""Weighted sums of an outcome by arm and group, in folds of rows.

Every mean, standard error and cross-fitted policy of an experiment follows from six sums of each arm in each group, for
any margin and cost: profit is linear in the outcome. R repeats, K folds, C groups, A arms.

Rows go into folds at random within group and arm: they are shuffled once, and of each K in a row every repeat puts one
into each fold, in an order of its own. Those K never share a fold, of which no sum takes notice; a shuffle in each
repeat takes five times as long. The place of a row in the stream of random numbers depends on its
numbers only, so neither the order of rows nor the names and order of the arms change the sums. One stream shared by
the arms would be simpler, but puts rows of the same rank of outcome into the same fold in every arm: the rows that
learn and the rows that value would depend on each other.
"""

from collections.abc import Callable
from itertools import permutations
from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Whole

ROUNDING = 1e-12
"""Share of the squares that is rounding."""
LENT = 1_000.0
"""Rows for which the arm's other groups count when the scatter of outcomes in one group is estimated."""


class ArmSums(NamedTuple):
    """Sums over rows of one arm in one group and fold, (R, K, C, A) each, of weight w and outcome y.

    Attributes:
        rows: count of rows.
        w, wy: sums of w and w y.
        ww, wwy, wwyy: sums of w^2, w^2 y and w^2 y^2.
    """

    rows: Array
    w: Array
    wy: Array
    ww: Array
    wwy: Array
    wwyy: Array

    def priced(self, *, margin: Array, cost: Array) -> "ArmSums":
        """The sums of the profit margin_a y - cost_a instead of the outcome y. `margin` and `cost` are (A,)."""
        return self._replace(
            wy=margin * self.wy - cost * self.w,
            wwy=margin * self.wwy - cost * self.ww,
            wwyy=margin**2 * self.wwyy - 2.0 * margin * cost * self.wwy + cost**2 * self.ww,
        )

    @property
    def total(self) -> "ArmSums":
        """The sums over all rows, (C, A): the folds of the first repeat together."""
        return self._each(lambda sums: sums[0].sum(axis=0))

    @property
    def rest(self) -> "ArmSums":
        """The sums over the rows outside each fold, (R, K, C, A): those a policy valued on the fold is learnt on."""
        return self._each(lambda sums: sums.sum(axis=1, keepdims=True) - sums)

    def over_groups(self) -> "ArmSums":
        """The sums over groups, (..., A)."""
        return self._each(lambda sums: sums.sum(axis=-2))

    def _each(self, function: Callable[[Array], Array]) -> "ArmSums":
        return ArmSums(*(function(np.asarray(sums)) for sums in self))

    @property
    def mean(self) -> Array:
        """Weighted mean outcome, sum w y / sum w (Hajek 1971); nan where no row is."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(self.rows > 0, self.wy / self.w, np.nan))

    @property
    def alike(self) -> Array:
        """Whether all rows have the same outcome, so that none shows how much it scatters, (..., A)."""
        mean = np.nan_to_num(self.mean)
        squares = self.wwyy - 2.0 * mean * self.wwy + mean**2 * self.ww
        return np.asarray((self.rows > 0) & (squares <= ROUNDING * self.wwyy))

    def with_both(self, *, unit: Array) -> "ArmSums":
        """The sums of outcomes of 0 or `unit`, (A,), with a row of each added where all are the same.

        Source: Agresti & Caffo (2000), American Statistician 54, 280-288, who add them to every arm.
        """
        one = np.divide(self.ww, self.w, out=np.zeros_like(self.w), where=self.w > 0) * self.alike
        return ArmSums(
            rows=self.rows + 2.0 * self.alike,
            w=self.w + 2.0 * one,
            wy=self.wy + one * unit,
            ww=self.ww + 2.0 * one**2,
            wwy=self.wwy + one**2 * unit,
            wwyy=self.wwyy + one**2 * unit**2,
        )

    @property
    def variance(self) -> Array:
        """Variance of the weighted mean, by its influence function: sum w^2 (y - mean)^2 / (sum w)^2 x n / (n - 1).

        nan for fewer than two rows, since one row shows no scatter.
        """
        mean = self.mean
        with np.errstate(invalid="ignore", divide="ignore"):
            squares = self.wwyy - 2.0 * mean * self.wwy + mean**2 * self.ww
            scale = self.rows / ((self.rows - 1.0) * self.w**2)
            return np.asarray(np.where(self.rows > 1, np.maximum(squares, 0.0) * scale, np.nan))

    @property
    def pooled_variance(self) -> Array:
        """Variance of the weighted mean, where the rows of the arm's other groups count as `LENT` rows of the group.

        Of zero-inflated spend a group of some hundred rows tells its scatter badly, and tells it together with the
        mean: a group without a buyer would be the surest of all. inf where no row is.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.nan_to_num(self.mean)
            squares = np.maximum(self.wwyy - 2.0 * mean * self.wwy + mean**2 * self.ww, 0.0)
            free = np.maximum((self.rows - 1.0).clip(min=0).sum(axis=-2, keepdims=True), 1.0)
            n = self.rows.sum(axis=-2, keepdims=True)
            of_arm = squares.sum(axis=-2, keepdims=True) / self.ww.sum(axis=-2, keepdims=True) * n / free
            of_row = (self.rows * squares / np.where(self.ww > 0, self.ww, 1.0) + LENT * of_arm) / (self.rows + LENT)
            return np.asarray(np.where(self.rows > 0, of_row * self.ww / self.w**2, np.inf))


def fold_sums(
    *,
    outcome: Array,
    arm: Whole,
    group: Whole,
    weight: Array,
    arms: int,
    groups: int,
    repeats: int = 4,
    folds: int = 5,
    seed: int = 1,
) -> ArmSums:
    """The sums of an outcome by repeat, fold, group and arm.

    Args:
        outcome: outcome of each row, (n,).
        arm: number of the arm each row got, 0 to `arms` - 1, (n,).
        group: number of the group it belongs to, 0 to `groups` - 1, (n,).
        weight: one over the chance of the arm the row got, (n,), above 0.
        arms: how many arms there are, A.
        groups: how many groups there are, C.
        repeats: how often the rows are put into folds, R.
        folds: parts of the rows in each repeat, K; they differ by at most one row within a group and arm.
        seed: of the folds.

    >>> sums = fold_sums(
    ...     outcome=np.array([1.0, 3.0, 0.0, 0.0]),
    ...     arm=np.array([1, 1, 0, 0]),
    ...     group=np.zeros(4, dtype=int),
    ...     weight=np.full(4, 2.0),
    ...     arms=2,
    ...     groups=1,
    ... )
    >>> sums.total.mean.tolist()
    [[0.0, 2.0]]
    """
    cells = groups * arms
    order = np.lexsort((outcome, weight, arm, group))
    y, w = outcome[order].astype(float), weight[order].astype(float)
    cell = (group[order] * arms + arm[order]).astype(np.int64)
    count = np.bincount(cell, minlength=cells).astype(np.int64)
    place = _nameless_places(y=y, w=w, cell=cell, count=count, shape=(groups, arms))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    rank = np.arange(len(y)) - first[cell]
    generator = np.random.default_rng(seed)
    chance = generator.random(len(y))[_starts(count, place)[cell] + rank]
    shuffled = np.lexsort((chance, cell))
    y, w = y[shuffled], w[shuffled]
    blocks = -(-count // folds)
    block = _starts(blocks, place)[cell] + rank // folds
    orders = np.array(list(permutations(range(folds))), dtype=np.int64)
    bought = np.flatnonzero(y)
    of_rows = {"w": w, "ww": w * w}
    of_outcomes = {term: values[bought] for term, values in (("wy", w * y), ("wwy", w * w * y), ("wwyy", (w * y) ** 2))}
    sums = {name: np.empty((repeats, folds * cells)) for name in ArmSums._fields}
    for repeat in range(repeats):
        drawn = generator.integers(0, len(orders), int(blocks.sum()))
        at = orders[drawn[block], rank % folds] * cells + cell
        sums["rows"][repeat] = np.bincount(at, minlength=folds * cells)
        for terms, where in ((of_rows, at), (of_outcomes, at[bought])):
            for term, values in terms.items():
                sums[term][repeat] = np.bincount(where, weights=values, minlength=folds * cells)
    return ArmSums(**{name: each.reshape(repeats, folds, groups, arms) for name, each in sums.items()})


def _nameless_places(*, y: Array, w: Array, cell: Whole, count: Whole, shape: tuple[int, int]) -> Whole:
    """The place of each cell in an order that depends on the arms' numbers, not on their names, (C A,)."""
    groups, arms = shape
    wy, wwyy = (np.bincount(cell, weights=term, minlength=groups * arms) for term in (w * y, w * w * y * y))
    # groups in their order, arms by their sums of all groups: arms alike in all of them may change places for nothing
    keys = [np.asarray(key).reshape(shape).sum(axis=0) for key in (wwyy, wy, count)]
    rank = np.empty(arms, dtype=np.int64)
    rank[np.lexsort(keys)] = np.arange(arms)
    return np.asarray((np.arange(groups)[:, None] * arms + rank).ravel())


def _starts(count: Whole, place: Whole) -> Whole:
    """Where the rows of each cell begin when cells stand in the order of `place`."""
    placed = np.empty_like(count)
    placed[place] = count
    return np.asarray((np.cumsum(placed) - placed)[place])
