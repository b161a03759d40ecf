"""Each customer's purchase rate and dropout probability given the history, under (M)BG/CNBD-k.

With s = r + k x stages until the last purchase, the posterior is a mixture over the customer's state now:
    dropped out at t_x              rate Gamma(s, alpha + t_x),      p ~ Beta(a + 1, b + chances - 1),
    alive, j stages done since      rate Gamma(s + j, alpha + T),    p ~ Beta(a, b + chances),   j = 0, ..., k - 1.
k stages are one purchase.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.mixture_interval import beta_mixture, gamma_mixture

Interval = tuple[Array, Array, Array]


def purchase_rate(
    *, x: Array, t_x: Array, T: Array, p_alive: Array, done: Sequence[Array], r: Any, alpha: Any, level: float
) -> Interval:
    """Mean, low and high of purchases per unit of time while alive, each (n,).

    `done` are the probabilities of 0, ..., k - 1 stages done since the last purchase, given alive, k arrays (n,).

    >>> known = {"x": np.array([2.0]), "t_x": np.array([30.0]), "T": np.array([39.0]), "r": 0.24, "alpha": 4.4}
    >>> rate = purchase_rate(**known, p_alive=np.array([0.7]), done=[np.ones(1)], level=0.9)
    >>> [float(each[0].round(4)) for each in rate]
    [0.0557, 0.0112, 0.1289]
    """
    k = len(done)
    s = np.broadcast_to(r + k * x, x.shape)
    weights = np.stack([1.0 - p_alive, *(p_alive * each for each in done)], axis=1)
    shape = np.stack([s, *(s + j for j in range(k))], axis=1)
    rate = np.stack([alpha + t_x, *[alpha + T] * k], axis=1)
    return gamma_mixture(weights, shape=shape, rate=k * rate, level=level)


def dropout_probability(*, chances: Array, p_alive: Array, a: Any, b: Any, level: float) -> Interval:
    """Mean, low and high of the probability of dropout at an opportunity, each (n,), after `chances` opportunities.

    >>> one = dropout_probability(chances=np.zeros(1), p_alive=np.ones(1), a=1.0, b=1.0, level=0.9)
    >>> [float(each[0].round(9)) for each in one]
    [0.5, 0.05, 0.95]
    """
    a, b = (np.broadcast_to(np.asarray(each, dtype=float), chances.shape) for each in (a, b))
    weights = np.stack([1.0 - p_alive, p_alive], axis=1)
    return beta_mixture(
        weights,
        a=np.stack([a + 1.0, a], axis=1),
        b=np.stack([b + np.maximum(chances - 1.0, 0.0), b + chances], axis=1),
        level=level,
    )
