"""Central intervals of a mixture of forecasts, of each of which only a centre and an interval are known."""

import numpy as np
from scipy.special import ndtr, ndtri

from kundkarriar.arrays import Array

HALVINGS = 60
NO_SPREAD = 1e-12
"""Least spread, as a share of the largest bound: below it a forecast is a number."""


def mixed_interval(centre: Array, low: Array, high: Array, *, weights: Array, level: float) -> tuple[Array, Array]:
    """Low and high of the mixture at the level of the given intervals, (...).

    Each forecast counts as a split normal: half a normal below its centre and half above, each as wide as its interval
    says. A forecast alone keeps its interval.

    Args:
        centre: centre of each of K forecasts, (K, ...).
        low: low end of its interval, (K, ...).
        high: high end, (K, ...).
        weights: of the forecasts, in sum 1, (K,).
        level: of the intervals.

    >>> centre, low, high = np.array([[10.0], [20.0]]), np.array([[8.0], [18.0]]), np.array([[12.0], [22.0]])
    >>> [each.round(1).tolist() for each in mixed_interval(centre, low, high, weights=np.array([0.5, 0.5]), level=0.9)]
    [[8.4], [21.6]]
    """
    z, centre = ndtri((1 + level) / 2), np.clip(centre, low, high)
    least = NO_SPREAD * (1.0 + np.abs(high).max(initial=0.0))
    below, above = (np.maximum(each / z, least) for each in (centre - low, high - centre))

    def share(x: Array) -> Array:
        """The probability of at most x."""
        off = x - centre
        return np.asarray(np.tensordot(weights, ndtr(off / np.where(off < 0, below, above)), axes=1))

    def quantile(q: float, bounds: Array) -> tuple[Array, Array]:
        """Just below it and just above, between the least and the greatest quantile of the forecasts, by halving."""
        least, most = bounds.min(axis=0), bounds.max(axis=0)
        for _ in range(HALVINGS):
            middle = (least + most) / 2
            short = share(middle) < q
            least, most = np.where(short, middle, least), np.where(short, most, middle)
        return least, most

    return quantile((1 - level) / 2, low)[0], quantile((1 + level) / 2, high)[1]
