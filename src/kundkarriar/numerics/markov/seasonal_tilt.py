"""Seasonal tilt of transition probabilities: observed against expected steps in each calendar month.

The log tilt of a month is ln(observed / expected) for each state that customers step to, shrunk to 0. Probabilities of
steps are multiplied by its exp, and rows are normalised.
"""

import numpy as np

from kundkarriar.arrays import Array, Whole

MONTHS = 12
PRIOR = 50.0
"""Prior mass of no tilt in each month, in steps."""


def tilt(expected: Array, *, then: Whole, month: Whole) -> Array:
    """Log tilt of each calendar month towards each state, (12, S); 0 in months without steps.

    Each step has `expected` probabilities of the states (steps, S), a state `then` and a `month` (0 to 11) after it.

    >>> half = np.full((400, 2), 0.5)
    >>> tilt(half, then=np.ones(400, int), month=np.full(400, 11))[11].round(2)
    array([-2.2 ,  0.64])
    """
    S = expected.shape[1]
    observed = np.bincount(month * S + then, minlength=MONTHS * S).reshape(MONTHS, S).astype(np.float64)
    due = np.stack([np.bincount(month, weights=expected[:, state], minlength=MONTHS) for state in range(S)], axis=1)
    share = expected.mean(axis=0)
    prior = PRIOR * np.where(share > 0, share, 1.0)  # a state that no step can lead to has no tilt
    return np.asarray(np.log((observed + prior) / (due + prior)))


def tilted(P: Array, log_tilt: Array) -> Array:
    """Transition probabilities in a month of the given log tilt, (..., S, S)."""
    weighted = P * np.exp(log_tilt)
    return np.asarray(weighted / weighted.sum(axis=-1, keepdims=True))
