"""Several effects on one quantity at the same time, as one factor."""

from collections.abc import Sequence

import numpy as np

from kundkarriar.arrays import Array


def combined_factors(factors: Sequence[Array]) -> Array:
    """The factor of several that act on one quantity at the same time, elementwise.

    Of factors that point the same way the one farther from 1 counts; those that oppose each other multiply.

    >>> combined_factors([np.array([0.8, 0.8]), np.array([0.9, 1.5])]).round(2).tolist()
    [0.8, 1.2]
    """
    several = np.array(factors)
    return np.asarray(np.minimum(several, 1.0).min(axis=0) * np.maximum(several, 1.0).max(axis=0))
