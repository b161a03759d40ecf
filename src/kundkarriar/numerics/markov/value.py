"""Value of the states of a Markov chain with rewards, hitting probabilities and times, and the steady state.

Pfeifer, P. E. & Carraway, R. L. (2000), "Modeling customer relationships as Markov chains", Journal of
Interactive Marketing 14(2); Kemeny & Snell (1960), "Finite Markov Chains", chapter 3. P is row-stochastic, (..., K, K);
rewards come at the beginning of each period, the first at once and undiscounted; beta = 1 / (1 + rate per period).

Linear systems are solved, never inverted.
"""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.markov.pooled_chain import reachable

DOUBLINGS = 40
"""The limit is taken after 2^40 steps."""


def value(*, P: Array, R: Array, beta: float) -> Array:
    """Expected discounted reward over an infinite horizon, (..., K): V = R + beta P V, with beta below 1.

    A customer mailed until four periods pass without a purchase, at 20 % (Pfeifer & Carraway's recency example):

    >>> P = np.array([[.3, .7, 0, 0, 0], [.2, 0, .8, 0, 0], [.15, 0, 0, .85, 0], [.05, 0, 0, 0, .95], [0, 0, 0, 0, 1]])
    >>> value(P=P, R=np.array([36.0, -4, -4, -4, 0]), beta=1 / 1.2).round(4)
    array([52.3196,  5.5538,  1.2508, -1.82  ,  0.    ])
    """
    K = P.shape[-1]
    return np.asarray(np.linalg.solve(np.eye(K) - beta * P, R[..., None])[..., 0])


def occupancy(*, P: Array, beta: float) -> Array:
    """Expected discounted number of periods in each state from each, (..., K, K): from by to."""
    K = P.shape[-1]
    return np.asarray(np.linalg.solve(np.eye(K) - beta * P, np.broadcast_to(np.eye(K), P.shape)))


def first_passage(*, P: Array, target: int) -> tuple[Array, Array]:
    """Hitting probability of `target` from each state, and mean hitting time given that it is hit, each (K,).

    1 and 0 for the target itself; 0 and NaN for a state from which it is not reachable. Unconditionally, the mean time
    is infinite wherever the probability is below 1.

    >>> P = [[.5, .3, 0, 0, .2], [0, .3, .4, 0, .3], [0, .1, .5, .25, .15], [0, 0, .1, .8, .1], [0, 0, 0, 0, 1]]
    >>> ever, after = first_passage(P=np.array(P), target=3)
    >>> ever.round(4), after.round(4)
    (array([0.1935, 0.3226, 0.5645, 1.    , 0.    ]), array([5.871 , 3.871 , 2.4424, 0.    ,    nan]))
    """
    K = len(P)
    others = np.flatnonzero(reachable(P)[:, target] & (np.arange(K) != target))
    ever, after = np.zeros(K), np.full(K, np.nan)
    ever[target], after[target] = 1.0, 0.0
    if len(others):
        among = P[np.ix_(others, others)]
        ever[others] = np.linalg.solve(np.eye(len(others)) - among, P[others, target])
        conditioned = among * ever[others] / ever[others][:, None]
        after[others] = np.linalg.solve(np.eye(len(others)) - conditioned, np.ones(len(others)))
    return ever, after


def steady_state(*, P: Array) -> Array:
    """Limiting distribution over states from each state, (K, K): from by to.

    The limit of P^n, or of its averages where the chain is periodic: the lazy chain (P + I) / 2 has the same limit and
    is aperiodic.

    >>> steady_state(P=np.array([[0.9, 0.1], [0.3, 0.7]])).round(4)
    array([[0.75, 0.25],
           [0.75, 0.25]])
    """
    far = (P + np.eye(len(P))) / 2
    for _ in range(DOUBLINGS):
        far = far @ far
        far /= far.sum(axis=1, keepdims=True)  # rounding would double each time
    return np.asarray(far)
