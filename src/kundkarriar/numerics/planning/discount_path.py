"""What a discount costs that is inherited up the ladder and never given back, and how large it may be.

A share D of the list price is granted on a rung. It grows by the escalation g with each rung climbed above that one,
and a fall takes nothing back: the state of a customer is the rung and the highest rung since the grant. Beside its
cost on the whole path is the naive one, D times the spend of one period; their ratio is the hidden multiple.

Rungs are numbered from below. P may be that of the ladder under the discount; its rows sum to at most 1, what lacks is
to be gone. Rewards come at the beginning of each period as in `markov.value`; beta = 1 / (1 + rate per period).
"""

from collections.abc import Callable

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.special.bisection import bisected

STEPS = 64
"""Shares at which a net gain is looked at before its root is halved: half of them evenly, half down to a millionth."""


def escalating_spend(*, P: Array, spend: Array, escalation: float, beta: float) -> Array:
    """Discounted list-price spend on the path from each rung, each period times (1 + g)^climbs, (K,).

    Times D it is the cost of granting D on each rung. With g = 0 it is the occupancy times the spend.

    Args:
        P: steps between rungs per period, (K, K).
        spend: list-price spend a period on each rung, (K,).
        escalation: g, growth of the share with each rung climbed.
        beta: discount factor per period.

    The state is solved from the highest rung down: from (k, h) a customer goes on to (j, max(h, j)), and
    U[k, h] = s[k] + beta sum_j P[k, j] (1 + g)^(j - h)+ U[j, max(h, j)], in units of the share at h.

    >>> stay_or_climb = np.array([[0.5, 0.5], [0.0, 1.0]])
    >>> escalating_spend(P=stay_or_climb, spend=np.array([1.0, 2.0]), escalation=0.1, beta=0.5)
    array([2.8, 4. ])
    """
    K = len(P)
    at_grant = np.zeros(K)
    for highest in range(K - 1, -1, -1):
        above = np.arange(highest + 1, K)
        climbs = beta * P[:, above] @ ((1 + escalation) ** (above - highest) * at_grant[above])
        inside = slice(0, highest + 1)
        within = np.eye(highest + 1) - beta * P[inside, inside]
        at_grant[highest] = np.linalg.solve(within, (spend + climbs)[inside])[highest]
    return at_grant


def margin_ceiling(*, margin: Array, least_margin: float, escalation: float, climbs: Whole) -> Array:
    """Largest share on the rung of the grant that leaves the least margin after all climbs.

    On the top rung D <= (m - m_min) / (1 - m_min), and `climbs` below it that over (1 + g)^climbs. 0 where the margin
    is below the least without any discount.

    Args:
        margin: m, share of the list price.
        least_margin: m_min, share of the paid price, below 1.
        escalation: g.
        climbs: rungs from that of the grant to the top.

    >>> margin_ceiling(margin=np.array([0.4]), least_margin=0.2, escalation=0.25, climbs=np.array([0, 2]))
    array([0.25, 0.16])
    """
    top = np.maximum(margin - least_margin, 0.0) / (1 - least_margin)
    return np.asarray(top / (1 + escalation) ** climbs)


def break_even_volume(*, share: float, margin: Array) -> Array:
    """Lift of the volume that a price cut needs to leave the contribution as it was, D / (m - D).

    Infinite where the discount takes the whole margin.

    >>> break_even_volume(share=0.1, margin=np.array([0.3, 0.1]))
    array([0.5, inf])
    """
    left = np.asarray(margin - share, dtype=np.float64)
    return np.where(left > 0, share / np.where(left > 0, left, 1.0), np.where(np.isnan(left), np.nan, np.inf))


def hidden_multiple(*, path: Array, naive: Array) -> Array:
    """Cost on the whole path over the naive cost of one period; NaN where both are 0.

    >>> hidden_multiple(path=np.array([30.0, 0.0]), naive=np.array([4.0, 0.0]))
    array([7.5, nan])
    """
    some = naive > 0
    return np.where(some, path / np.where(some, naive, 1.0), np.where(path > 0, np.inf, np.nan))


def discount_ceiling(net: Callable[[float], float], *, most: float) -> float:
    """Largest share up to `most` at which gain less cost, `net`, is not negative; 0 where it is negative throughout.

    Both gain and cost depend on the share, so their equation is solved by bisection, down to neighbouring floats. Of
    several roots it is the last one. `net` of 0 is 0 and is not asked. The answer is `most` where the net gain is still
    positive there.

    >>> round(discount_ceiling(lambda share: 0.3 * share - share**2, most=0.9), 12)
    0.3
    """
    shares = np.union1d(np.geomspace(1e-6, 1.0, STEPS // 2), np.linspace(0.0, 1.0, STEPS // 2 + 1)[1:]) * most
    gains = [share for share in shares.tolist() if net(share) >= 0]
    if not gains:
        return 0.0
    low = gains[-1]
    if low == shares[-1]:
        return float(most)
    high = float(shares[np.searchsorted(shares, low) + 1])
    return float(bisected(lambda share: net(float(share)) >= 0, low, high, halvings=60)[0])
