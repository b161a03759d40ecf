"""What standing in a state of a Markov chain is worth, and where and when the chain gets.

Pfeifer, P. E. & Carraway, R. L. (2000), "Modeling customer relationships as Markov chains", Journal of
Interactive Marketing 14(2); Kemeny & Snell (1960), "Finite Markov Chains", chapter 3. P is row-stochastic, (..., K, K);
rewards come at the beginning of each period, the first at once and undiscounted; beta = 1 / (1 + rate per period).

Linear systems are solved, never inverted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FAR = 40
"""A limit is taken after 2^40 steps."""


def value(*, P: Array, R: Array, beta: float) -> Array:
    """Expected discounted reward without end, (..., K): V = R + beta P V.

    Args:
        P: transition probabilities, (..., K, K).
        R: expected reward of a period spent in each state, (..., K).
        beta: discount factor per period, below 1.

    A customer mailed until four periods of silence, at 20 % (Pfeifer & Carraway's recency example):

    >>> P = np.array([[.3, .7, 0, 0, 0], [.2, 0, .8, 0, 0], [.15, 0, 0, .85, 0], [.05, 0, 0, 0, .95], [0, 0, 0, 0, 1]])
    >>> value(P=P, R=np.array([36.0, -4, -4, -4, 0]), beta=1 / 1.2).round(4)
    array([52.3196,  5.5538,  1.2508, -1.82  ,  0.    ])
    """
    K = P.shape[-1]
    return np.asarray(np.linalg.solve(np.eye(K) - beta * P, R[..., None])[..., 0])


def value_within(periods: int, *, P: Array, R: Array, beta: float) -> Array:
    """Expected discounted reward of this period and `periods` more, (..., K).

    >>> P = np.array([[.3, .7, 0, 0, 0], [.2, 0, .8, 0, 0], [.15, 0, 0, .85, 0], [.05, 0, 0, 0, .95], [0, 0, 0, 0, 1]])
    >>> value_within(4, P=P, R=np.array([36.0, -4, -4, -4, 0]), beta=1 / 1.2).round(4)
    array([50.115 ,  4.2199,  0.5921, -1.9801,  0.    ])
    """
    total = R
    for _ in range(periods):
        total = R + beta * (P @ total[..., None])[..., 0]
    return np.asarray(total)


def occupancy(*, P: Array, beta: float) -> Array:
    """Discounted periods spent in each state from each, (..., K, K): from by to."""
    K = P.shape[-1]
    return np.asarray(np.linalg.solve(np.eye(K) - beta * P, np.broadcast_to(np.eye(K), P.shape)))


def reach(*, P: Array, target: int) -> tuple[Array, Array]:
    """Whether each state ever leads to `target`, and after how many periods if it does, each (K,).

    The target itself: probability 1, time 0. A state that cannot lead there: 0 and NaN. The time is given that the
    target is reached: without that it is infinite wherever the probability is below 1.

    >>> P = [[.5, .3, 0, 0, .2], [0, .3, .4, 0, .3], [0, .1, .5, .25, .15], [0, 0, .1, .8, .1], [0, 0, 0, 0, 1]]
    >>> ever, after = reach(P=np.array(P), target=3)
    >>> ever.round(4), after.round(4)
    (array([0.1935, 0.3226, 0.5645, 1.    , 0.    ]), array([5.871 , 3.871 , 2.4424, 0.    ,    nan]))
    """
    K = len(P)
    others = np.flatnonzero(_leads_to(P, target) & (np.arange(K) != target))
    ever, after = np.zeros(K), np.full(K, np.nan)
    ever[target], after[target] = 1.0, 0.0
    if len(others):
        among = P[np.ix_(others, others)]
        ever[others] = np.linalg.solve(np.eye(len(others)) - among, P[others, target])
        conditioned = among * ever[others] / ever[others][:, None]
        after[others] = np.linalg.solve(np.eye(len(others)) - conditioned, np.ones(len(others)))
    return ever, after


def steps_to_absorption(*, P: Array) -> tuple[Array, Array]:
    """Mean and variance of the periods before a chain is absorbed, each (K,): 0 in absorbing states.

    Infinite where it never is.

    >>> P = [[.5, .3, 0, 0, .2], [0, .3, .4, 0, .3], [0, .1, .5, .25, .15], [0, 0, .1, .8, .1], [0, 0, 0, 0, 1]]
    >>> steps_to_absorption(P=np.array(P))[0].round(4)
    array([5.4382, 5.7303, 7.5281, 8.764 , 0.    ])
    """
    absorbing = np.isclose(np.diag(P), 1.0)
    ends = np.zeros(len(P), dtype=bool)
    for state in np.flatnonzero(absorbing):
        ends |= _leads_to(P, int(state))
    mean, variance = (np.where(ends, 0.0, np.inf) for _ in range(2))
    transient = np.flatnonzero(ends & ~absorbing)
    if len(transient):
        left = np.eye(len(transient)) - P[np.ix_(transient, transient)]
        steps = np.linalg.solve(left, np.ones(len(transient)))
        mean[transient] = steps
        variance[transient] = 2 * np.linalg.solve(left, steps) - steps - steps**2
    return mean, variance


def steady_state(*, P: Array) -> Array:
    """Where customers who start in each state stand in the end, (K, K): from by to.

    The limit of P^n, and where a chain goes round in cycles, the average over them: the lazy chain (P + I) / 2 has the
    same limit without cycles.

    >>> steady_state(P=np.array([[0.9, 0.1], [0.3, 0.7]])).round(4)
    array([[0.75, 0.25],
           [0.75, 0.25]])
    """
    far = np.linalg.matrix_power((P + np.eye(len(P))) / 2, 2**FAR)
    return np.asarray(far / far.sum(axis=1, keepdims=True))


def _leads_to(P: Array, target: int) -> NDArray[np.bool_]:
    """Which states can get to `target` at all, (K,)."""
    found: NDArray[np.bool_] = np.arange(len(P)) == target
    for _ in range(len(P)):
        found = np.asarray(found | (P[:, found] > 0).any(axis=1))
    return found
