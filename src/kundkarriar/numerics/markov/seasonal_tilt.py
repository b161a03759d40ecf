"""Months of the year that push everyone up or down: what is seen in a calendar month beside what chains expect.

The tilt of a month is ln(seen / expected) of each state that customers step to, shrunk; a step's probability is taken
times its exp, and rows are scaled to 1 again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

MONTHS = 12
PRIOR = 50.0
"""Steps of no season at all that each month is given."""


def tilt(expected: Array, *, then: Whole, month: Whole) -> Array:
    """Log tilt of each calendar month towards each state, (12, S); 0 in months that no step led to.

    Args:
        expected: probability of each state before each step, (steps, S).
        then: the state that it led to, (steps,).
        month: the calendar month that it led to, 0 to 11, (steps,).

    >>> half = np.full((400, 2), 0.5)
    >>> tilt(half, then=np.ones(400, int), month=np.full(400, 11))[11].round(2)
    array([-2.2 ,  0.64])
    """
    S = expected.shape[1]
    seen = np.bincount(month * S + then, minlength=MONTHS * S).reshape(MONTHS, S).astype(np.float64)
    due = np.stack([np.bincount(month, weights=expected[:, state], minlength=MONTHS) for state in range(S)], axis=1)
    share = expected.mean(axis=0)
    prior = PRIOR * np.where(share > 0, share, 1.0)  # where nobody can step to nobody is due: no tilt
    return np.asarray(np.log((seen + prior) / (due + prior)))


def tilted(P: Array, log_tilt: Array) -> Array:
    """Chains in a month of that tilt, (..., S, S)."""
    pushed = P * np.exp(log_tilt)
    return np.asarray(pushed / pushed.sum(axis=-1, keepdims=True))
