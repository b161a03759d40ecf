"""Deviations of values from the mean of their group."""

import numpy as np

from kundkarriar.arrays import Array, Whole


def group_deviations(values: Array, group: Whole, *, weight: Array | None = None) -> Array:
    """Deviations from the mean, or weighted mean, of those with the same number in `group`, (n,).

    >>> group_deviations(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 7])).tolist()
    [-1.0, 1.0, 0.0]
    """
    cell = np.unique(group, return_inverse=True)[1]
    w = np.ones(len(values)) if weight is None else weight
    mean = np.bincount(cell, weights=w * values) / np.bincount(cell, weights=w)
    return np.asarray(values - mean[cell])
