"""Expectations of the future in BG/BB, given that the customer was alive at the last opportunity.

Fader, P. S., Hardie, B. G. S. & Shang, J. (2010), "Customer-base analysis in a discrete-time noncontractual setting",
Marketing Science 29(6); equation numbers are of that paper. Notation as in `likelihood.py`.
"""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.beta_geometric_survival import discounted_survival_sum, survival_sum


def expected_purchases(horizon: float, *, x: Any, n: Any, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Expected purchases at the next `horizon` opportunities, (n,).

    Eq. 13 without P(alive); for x = n = 0 it is E[X(horizon)] of a new customer.

    >>> new = {"x": np.zeros(1), "n": np.zeros(1), "alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783}
    >>> expected_purchases(10, **new).round(3)
    array([3.179])
    """
    return np.asarray((alpha + x) / (alpha + beta + n) * survival_sum(horizon, a=gamma + 0 * n, b=delta + n))


def discounted_purchases(
    horizon: float, *, discount_rate: float, x: Any, n: Any, alpha: Any, beta: Any, gamma: Any, delta: Any
) -> Array:
    """Expected discounted purchases at the next `horizon` opportunities, (n,). Eq. 14 without P(alive).

    The kth opportunity ahead is discounted by (1 + discount_rate)^-k.

    >>> six = {"x": np.array([6.0]), "n": np.array([6.0])}
    >>> ahead = {"alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783, **six}
    >>> discounted_purchases(np.inf, discount_rate=0.1, **ahead).round(2)
    array([5.91])
    """
    ahead = discounted_survival_sum(horizon, discount_rate=discount_rate, a=gamma + 0 * n, b=delta + n)
    return np.asarray((alpha + x) / (alpha + beta + n) * ahead)


def next_purchase(*, x: Any, n: Any, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Iterator[tuple[Array, Array]]:
    """Yield for k = 1, 2, ... without end the distribution of the time to the next purchase.

    It is the probability that the next purchase comes at the kth opportunity ahead, and the probability that after it
    the customer is alive and has not bought yet, each (n,).
    """
    a, b = alpha + x, beta + (n - x)
    waiting = np.ones(np.shape(a + 0 * gamma))
    for k in count():
        alive = waiting * ((delta + n + k) / (gamma + delta + n + k))
        waiting = alive * ((b + k) / (a + b + k))
        yield alive * (a / (a + b + k)), waiting


def p_purchase(horizon: int, *, x: Any, n: Any, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Probability of at least one purchase at the next `horizon` opportunities, (n,)."""
    times = next_purchase(x=x, n=n, alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    return np.asarray(sum(buys for buys, _ in islice(times, horizon)))


def median_wait(p_alive: Array, *, x: Array, n: Array, most: int, **params: Any) -> Array:
    """Median time to the next purchase in opportunities, (n,), given P(alive) at the last opportunity, (n,).

    Infinite where the probability of a purchase does not reach 1/2 within `most` opportunities. The search ends when
    what remains of the probability cannot bring it to 1/2.
    """
    median, cumulated = np.full(len(x), np.inf), np.zeros(len(x))
    for k, (buys, waiting) in enumerate(islice(next_purchase(x=x, n=n, **params), most), 1):
        cumulated += p_alive * buys
        median = np.where(np.isinf(median) & (cumulated >= 0.5), k, median)
        if (np.isfinite(median) | (cumulated + p_alive * waiting < 0.5)).all():
            break
    return median


def p_counts(horizon: int, *, up_to: int, x: Array, n: Array, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Probability of 0, 1, ..., `up_to` purchases at the next `horizon` opportunities, given alive, (n, up_to + 1).

    For x = n = 0 it is eq. 7. The distribution of purchases at i opportunities is carried from i to i + 1 by the
    posterior probability of a purchase; i is weighted by the probability of being alive for exactly i opportunities.

    >>> new = {"x": np.zeros(1), "n": np.zeros(1), "alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783}
    >>> p_counts(6, up_to=2, **new).round(4)
    array([[0.3112, 0.1701, 0.1215]])
    """
    a, b, c, d = alpha + x, beta + (n - x), (gamma + 0 * n)[:, None], (delta + n)[:, None]
    purchases = np.arange(up_to + 1)
    given_alive = np.zeros((len(a), up_to + 1))
    given_alive[:, 0] = 1.0
    counts = np.zeros_like(given_alive)
    survival = np.ones_like(d)
    for i in range(horizon):
        counts += survival * c / (c + d + i) * given_alive
        survival = survival * (d + i) / (c + d + i)
        scaled = given_alive / (a + b + i)[:, None]
        given_alive = scaled * (b[:, None] + (i - purchases))  # more than i purchases have probability 0 so far
        given_alive[:, 1:] += (scaled * (a[:, None] + purchases))[:, :-1]
    return np.asarray(counts + survival * given_alive)
