"""Projection of a customer base: expected customers in each state in the coming months; likelier steps."""

import numpy as np

from kundkarriar.arrays import Array


def project(P: Array, *, base: Array) -> Array:
    """Expected customers in each state 1, 2, ... months ahead, (months, S).

    Today `base` (K, S) of them follow each chain and are in each state; `P` (months, K, S, S) are the transition
    probabilities of each month.

    >>> project(np.array([[[[0.5, 0.5], [0.0, 1.0]]]] * 2), base=np.array([[8.0, 0.0]])).tolist()
    [[4.0, 4.0], [2.0, 6.0]]
    """
    ahead = []
    for each in P:
        base = np.einsum("ks,kst->kt", base, each)
        ahead.append(base.sum(axis=0))
    return np.array(ahead)


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
