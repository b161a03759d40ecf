"""Concentration of a sum over n customers: Lorenz curve from the largest value down, and Gini coefficient."""

from collections.abc import Sequence

import numpy as np

from kundkarriar.arrays import Array


def shares_from_the_top(*, v: Array) -> tuple[Array, Array]:
    """Share of the positive sum held by larger values, and by values at least as large, for each value, each (n,).

    Equal values have equal shares, whatever their order; a value that is not positive has (1, 1). At least one value is
    positive, in `curve` too.
    """
    # np.unique sorts, so the sums below are the same numbers for every order of the rows.
    values, group, count = np.unique(-v, return_inverse=True, return_counts=True)
    held = np.cumsum(np.maximum(-values, 0.0) * count)
    through = held / held[-1]
    before = np.concatenate(([0.0], through[:-1]))
    return before[group], through[group]


def curve(*, v: Array) -> tuple[Array, Array]:
    """Lorenz curve from the largest value down, from (0, 0): share p of customers and Y(p) of value, each (n + 1,).

    The unit is the sum of the positive values: the curve rises to 1 where they end, and falls below 1 by the
    share of loss behind them.
    """
    descending = np.sort(v)[::-1]
    Y = np.cumsum(descending) / descending[descending > 0].sum()
    return np.arange(len(v) + 1) / len(v), np.concatenate(([0.0], Y))


def held_by_largest(*, v: Array, counts: Sequence[int]) -> Array:
    """Share of the positive sum held by the largest values, as many as each of `counts`, 1 to n: (k,), 0 to 1.

    >>> held_by_largest(v=np.array([2.0, 6.0, -1.0, 2.0]), counts=(1, 2)).tolist()
    [0.6, 0.8]
    """
    held = np.cumsum(np.maximum(np.sort(v)[::-1], 0.0))
    shares: Array = held[np.array(counts) - 1] / held[-1]
    return shares


def lost_to_negative_values(*, v: Array) -> float:
    """The sum of the losses, as a share of the sum of the positive values: 0 or more, above 1 where losses prevail."""
    ascending = np.sort(v)
    return float(np.maximum(-ascending, 0.0).sum() / np.maximum(ascending, 0.0).sum())


def gini(*, v: Array) -> float:
    """Gini coefficient of values not all 0: 0 where all are equal, up to (n - 1) / n where one holds everything.

    G = sum_i (2i - n - 1) v_(i) / (n sum |v|), v ascending. Without negative values this is the classical
    coefficient, 2 * integral of Y - 1; the absolute sum keeps it at most 1 where some values are negative
    (Raffinetti, Siletti and Vernizzi 2015, Statistical Methods & Applications 24, up to their n / (n - 1)).
    """
    n, ascending = len(v), np.sort(v)
    weight = 2 * np.arange(1, n + 1) - n - 1
    return float(weight @ ascending / (n * np.abs(ascending).sum()))
