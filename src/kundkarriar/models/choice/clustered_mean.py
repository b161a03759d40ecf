"""The mean of values of customers who have several each, with its standard error."""

import math

import numpy as np

from kundkarriar.arrays import Array, Whole


def clustered_mean(values: Array, cluster: Whole) -> tuple[float, float]:
    """The mean of `values`, (m,), and its standard error, where values of one `cluster`, (m,), depend on each other.

    With sums D_i and numbers n_i of the G clusters the variance is G / (G - 1) sum((D_i - mean n_i)^2) / m^2, that of a
    ratio of two sums (Cochran 1977, Sampling Techniques, section 6.3). It is infinite for a single cluster.

    >>> clustered_mean(np.array([1.0, 3.0]), np.array([0, 1]))
    (2.0, 1.0)
    >>> mean, error = clustered_mean(np.array([1.0, 3.0, 1.0, 3.0]), np.array([0, 1, 0, 1]))
    >>> mean, round(error, 9)  # said twice is no more certain
    (2.0, 1.0)
    """
    mean = float(values.mean())
    number = np.bincount(cluster)
    off = np.bincount(cluster, weights=values) - mean * number
    groups = int(np.count_nonzero(number))
    if groups < 2:
        return mean, math.inf
    return mean, math.sqrt(groups / (groups - 1) * float(np.sum(off**2))) / len(values)
