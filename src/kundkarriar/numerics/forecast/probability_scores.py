"""Scores of probability forecasts of states: log loss, Brier score and reliability."""

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole

LEAST = 1e-3
"""Lower bound of a probability in the log loss: a forecast of some hundred drawn futures says 0 of what is rare."""
BINS = 10


def log_loss(forecast: Array, *, actual: Whole) -> float:
    """Mean of minus the log probability that `forecast` (n, S) gave to the `actual` state (n,); 0 is perfect."""
    p = forecast[np.arange(len(actual)), actual]
    return float(np.mean(-np.log(np.clip(p, LEAST, 1.0))))


def brier(forecast: Array, *, actual: Whole) -> float:
    """Brier score: mean squared error of the probabilities, summed over states; 0 is perfect, 2 the worst."""
    happened = np.eye(forecast.shape[1])[actual]
    return float(np.mean(np.sum((forecast - happened) ** 2, axis=1)))


def reliability(p: Array, *, happened: Mask) -> Array:
    """Number of forecasts, sum of their probabilities and number that came true in each tenth of probability, (3, 10).

    >>> reliability(np.array([0.05, 0.15, 0.12]), happened=np.array([False, True, False]))[:, :2].round(2).tolist()
    [[1.0, 2.0], [0.05, 0.27], [0.0, 1.0]]
    """
    tenth = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    weights = (np.ones(p.shape), p, happened.astype(np.float64))
    return np.stack([np.bincount(tenth, weights=each, minlength=BINS) for each in weights])
