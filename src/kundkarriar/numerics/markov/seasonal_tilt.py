"""Seasonal tilt of transition probabilities: observed against expected steps in each calendar month.

The log tilt of a month is ln(observed / expected) for each state that customers step to, shrunk to 0. Probabilities of
steps are multiplied by its exp, and rows are normalised.
"""

import numpy as np

from kundkarriar.arrays import Array

MONTHS = 12
PRIOR = 50.0
"""Prior mass of no tilt in each month, in steps."""


def tilt(observed: Array, due: Array) -> Array:
    """Log tilt of each calendar month towards each state, (12, S), from numbers of steps, `observed` and expected.

    It is 0 in months without steps.

    >>> tilt(np.array([[0.0, 400.0]]), np.array([[200.0, 200.0]])).round(2)
    array([[-2.2 ,  0.64]])
    """
    share = due.sum(axis=0) / due.sum()
    prior = PRIOR * np.where(share > 0, share, 1.0)  # a state that no step can lead to has no tilt
    return np.asarray(np.log((observed + prior) / (due + prior)))


def tilted(P: Array, log_tilt: Array) -> Array:
    """Transition probabilities in a month of the given log tilt, (..., S, S)."""
    weighted = P * np.exp(log_tilt)
    return np.asarray(weighted / weighted.sum(axis=-1, keepdims=True))
