"""Scores of probability forecasts of states: log loss, Brier score and reliability."""

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole

LEAST = 1e-12
"""Lower bound of the probability of an outcome in the log loss."""
BINS = 10


def log_loss(forecast: Array, *, actual: Whole) -> float:
    """Mean of minus the log probability that `forecast` (n, S) gave to the `actual` state (n,); 0 is perfect."""
    p = forecast[np.arange(len(actual)), actual]
    return float(np.mean(-np.log(np.maximum(p, LEAST))))


def brier(forecast: Array, *, actual: Whole) -> float:
    """Brier score: mean squared error of the probabilities, summed over states; 0 is perfect, 2 the worst."""
    happened = np.eye(forecast.shape[1])[actual]
    return float(np.mean(np.sum((forecast - happened) ** 2, axis=1)))


def reliability(p: Array, *, happened: Mask) -> tuple[Whole, Array, Array]:
    """Number of customers, mean probability and observed share in each bin of probability that is not empty, (bins,).

    >>> reliability(np.array([0.05, 0.15, 0.12]), happened=np.array([False, True, False]))
    (array([1, 2]), array([0.05 , 0.135]), array([0. , 0.5]))
    """
    tenth = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(tenth, minlength=BINS)
    some = count > 0
    mean = np.bincount(tenth, weights=p, minlength=BINS)[some] / count[some]
    share = np.bincount(tenth, weights=happened.astype(np.float64), minlength=BINS)[some] / count[some]
    return count[some], mean, share
