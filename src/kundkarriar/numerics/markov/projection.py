"""Steps of the coming months: transition probabilities of each month, states months ahead, likelier steps."""

import itertools

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.markov.seasonal_tilt import tilted


def monthly(P: Array, *, months: int, log_tilt: Array | None) -> Array:
    """Transition probabilities of each coming month, (months, K, S, S), of chains (K, S, S).

    `log_tilt` (months, S) is the seasonal tilt of each month; None without a season.
    """
    each = np.broadcast_to(P, (months, *P.shape))
    return each if log_tilt is None else tilted(each, log_tilt[:, None, None])


def months_ahead(steps: Array) -> Array:
    """Probability of each state 1, 2, ... months ahead, by chain and state now, (months, K, S, S), of `monthly` steps.

    >>> months_ahead(np.array([[[[0.5, 0.5], [0.0, 1.0]]]] * 2))[1].tolist()
    [[[0.25, 0.75], [0.0, 1.0]]]
    """
    return np.stack(list(itertools.accumulate(steps, np.matmul)))


def with_odds(P: Array, *, start: int, end: int, odds: float) -> Array:
    """Chains, (..., S, S), in which the odds of one step are multiplied; other steps keep their proportions.

    >>> with_odds(np.array([[0.5, 0.5], [0.0, 1.0]]), start=0, end=1, odds=3.0).tolist()
    [[0.25, 0.75], [0.0, 1.0]]
    """
    before = P[..., start, end]
    after = odds * before / (1 - before + odds * before)
    changed = P.copy()
    some = before < 1
    changed[some, start] *= ((1 - after[some]) / (1 - before[some]))[:, None]
    changed[..., start, end] = np.where(some, after, before)
    return changed
