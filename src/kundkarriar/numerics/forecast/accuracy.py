"""Accuracy of forecasts of n customers: bias of the total, errors of single customers, and their ranking."""

import numpy as np

from kundkarriar.arrays import Array, Whole


def bias(*, predicted: Array, actual: Array) -> float | None:
    """Relative error of the predicted total, negative where it was too low; None unless the actual total is positive.

    >>> bias(predicted=np.array([1.0, 2.0]), actual=np.array([4.0, 0.0]))
    -0.25
    """
    total = float(actual.sum())
    return float(predicted.sum()) / total - 1 if total > 0 else None


def mean_error(*, predicted: Array, actual: Array) -> float:
    """Mean error of a customer, predicted - actual, in their unit."""
    return float(np.mean(predicted - actual))


def mae(*, predicted: Array, actual: Array) -> float:
    """Mean absolute error of a customer: lowest for the median, which for skewed counts is below the mean."""
    return float(np.abs(predicted - actual).mean())


def rmse(*, predicted: Array, actual: Array) -> float:
    """Root mean squared error of a customer: lowest for the mean, and dominated by the heaviest buyers."""
    return float(np.sqrt(np.mean((predicted - actual) ** 2)))


def ranks(values: Array) -> Array:
    """Ranks from 1 for the smallest to n for the largest, (n,); equal values share the mean of their ranks.

    >>> ranks(np.array([5.0, 1.0, 5.0]))
    array([2.5, 1. , 2.5])
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    shared: Array = (last - (count - 1) / 2)[place]
    return shared


def normalised_gini(*, predicted: Array, actual: Array) -> float | None:
    """Normalised Gini coefficient of a forecast's ranking: 1 for the order of the outcomes, 0 for chance, -1 reversed.

    The Gini coefficient of `actual` in the order of `predicted`, divided by that in its own order. Either is twice the
    covariance with the ranks over n times the mean (Lerman and Yitzhaki 1984, Economics Letters 15), so the ratio is
    that of two covariances, which also holds where some outcomes are negative. Customers with equal forecasts share
    the mean of their ranks: equal forecasts earn nothing. None where all outcomes are equal: there is no order to
    predict.

    >>> normalised_gini(predicted=np.array([3.0, 2.0, 1.0]), actual=np.array([9.0, 4.0, 0.0]))
    1.0
    >>> normalised_gini(predicted=np.array([1.0, 1.0, 1.0]), actual=np.array([9.0, 4.0, 0.0]))
    0.0
    """
    middle = (len(actual) + 1) / 2
    best = float(actual @ (ranks(actual) - middle))
    return float(actual @ (ranks(predicted) - middle)) / best if best > 0 else None


def groups(*, predicted: Array, count: int) -> Whole:
    """Group of each customer among `count` quantile groups of the forecast, 1 for the highest, (n,).

    Equal forecasts are in one group, that of their mean rank, so groups may differ in size and be empty.
    """
    from_the_top = (len(predicted) + 0.5 - ranks(predicted)) / max(len(predicted), 1)
    return np.minimum((from_the_top * count).astype(np.int64) + 1, count)
