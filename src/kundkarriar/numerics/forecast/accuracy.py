"""How far forecasts of n customers were from what happened: of the sum, of each customer, of their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def bias(*, predicted: Array, actual: Array) -> float | None:
    """By what share the sum was foreseen too high (below 0: too low); None where nothing happened.

    >>> bias(predicted=np.array([1.0, 2.0]), actual=np.array([4.0, 0.0]))
    -0.25
    """
    total = float(actual.sum())
    return float(predicted.sum()) / total - 1 if total > 0 else None


def mean_error(*, predicted: Array, actual: Array) -> float:
    """How much too high the forecast of a customer was on average; in the unit of both, (n,)."""
    return float(np.mean(predicted - actual))


def mae(*, predicted: Array, actual: Array) -> float:
    """Mean absolute error of a customer: lowest for the median, which of skewed counts is below the mean."""
    return float(np.abs(predicted - actual).mean())


def rmse(*, predicted: Array, actual: Array) -> float:
    """Root of the mean squared error of a customer: lowest for the mean, and ruled by the heaviest buyers."""
    return float(np.sqrt(np.mean((predicted - actual) ** 2)))


def ranks(values: Array) -> Array:
    """1 for the smallest to n for the largest, (n,); equal values share the mean of their places.

    >>> ranks(np.array([5.0, 1.0, 5.0]))
    array([2.5, 1. , 2.5])
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    shared: Array = (last - (count - 1) / 2)[place]
    return shared


def normalised_gini(*, predicted: Array, actual: Array) -> float | None:
    """How well the forecast orders customers: 1 as well as the outcome itself, 0 no better than chance, -1 backwards.

    The Gini coefficient of `actual` in the order of `predicted`, over that in its own order. Either is twice the
    covariance with the ranks over n times the mean (Lerman and Yitzhaki 1984, Economics Letters 15), so the ratio is
    that of two covariances, which also holds where some outcomes are negative. Customers with equal forecasts share
    the mean of their ranks: what a forecast does not tell apart earns nothing.

    Args:
        predicted: forecasts, (n,); only their order counts.
        actual: outcomes, (n,).

    Returns:
        -1 to 1; None where all outcomes are equal, so that there is no order to foresee.

    >>> normalised_gini(predicted=np.array([3.0, 2.0, 1.0]), actual=np.array([9.0, 4.0, 0.0]))
    1.0
    >>> normalised_gini(predicted=np.array([1.0, 1.0, 1.0]), actual=np.array([9.0, 4.0, 0.0]))
    0.0
    """
    middle = (len(actual) + 1) / 2
    best = float(actual @ (ranks(actual) - middle))
    return float(actual @ (ranks(predicted) - middle)) / best if best > 0 else None


def groups(*, predicted: Array, count: int) -> NDArray[np.int64]:
    """Customers cut into `count` groups by their forecast, 1 for the highest, (n,).

    Equal forecasts are never parted: they go where the middle of them lies, so that groups differ in size and some
    may have nobody.

    >>> groups(predicted=np.array([8.0, 0.0, 0.0, 0.0]), count=4).tolist()
    [1, 3, 3, 3]
    """
    from_the_top = (len(predicted) + 0.5 - ranks(predicted)) / max(len(predicted), 1)
    return np.minimum((from_the_top * count).astype(np.int64) + 1, count)
