"""Projection of a customer base: expected customers in each state, with acquired and referred customers.

Customer equity is CE = sum_n V_n + sum_t beta^t n_t (V_new - CAC) (Blattberg & Deighton 1996): the discounted
contribution of today's customers and of those who join, less acquisition costs. A referred customer counts with the
own contribution; nothing more is counted for the customer who referred.
"""

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.markov.mixture import Mixture


@frozen(kw_only=True, eq=False)
class Projection:
    """Expected customers in months 0, 1, ..., `periods`; month 0 is today, in which nobody joins.

    Attributes:
        base: today's customers in each state, (periods + 1, S).
        joined: customers who joined after today, in each state, (periods + 1, S).
        won: customers acquired in each month without referral, (periods + 1,).
        referred: customers referred in each month, (periods + 1,).
    """

    base: Array
    joined: Array
    won: Array
    referred: Array


def project(mixture: Mixture, *, base: Array, won: Array, referrals: Array) -> Projection:
    """Project today's customers by chain and state, `base` (K, S).

    In each of the coming months `won` (periods,) customers are acquired without referral. One customer in each state
    refers `referrals` (S,) in a month, who join in the next.

    >>> one = Mixture(weights=[1.0], initial=[[1.0, 0.0]], P=[[[0.5, 0.5], [0.0, 1.0]]], seen=[[1.0, 1.0]])
    >>> ahead = project(one, base=np.array([[8.0, 0.0]]), won=np.array([2.0, 2.0]), referrals=np.array([0.0, 0.5]))
    >>> ahead.base.tolist(), ahead.joined.tolist(), ahead.referred.tolist()
    ([[8.0, 0.0], [4.0, 4.0], [2.0, 6.0]], [[0.0, 0.0], [2.0, 0.0], [5.0, 1.0]], [0.0, 0.0, 2.0])
    """
    entering = mixture.weights[:, None] * mixture.initial
    customers = np.stack([base, np.zeros_like(base)])  # today's, and those who joined
    steps, referred = [customers.sum(axis=1)], [0.0]
    for joining in won:
        referred.append(float(customers.sum(axis=(0, 1)) @ referrals))
        customers = np.einsum("bks,kst->bkt", customers, mixture.P)
        customers[1] += (joining + referred[-1]) * entering
        steps.append(customers.sum(axis=1))
    ahead = np.stack(steps, axis=1)
    return Projection(base=ahead[0], joined=ahead[1], won=np.concatenate([[0.0], won]), referred=np.array(referred))


def with_odds(P: Array, *, start: int, end: int, odds: float) -> Array:
    """Chains in which the odds of one step are multiplied by `odds`, (K, S, S); other steps keep their proportions.

    >>> with_odds(np.array([[[0.5, 0.5], [0.0, 1.0]]]), start=0, end=1, odds=3.0).tolist()
    [[[0.25, 0.75], [0.0, 1.0]]]
    """
    before = P[:, start, end]
    after = odds * before / (1 - before + odds * before)
    changed = P.copy()
    some = before < 1
    changed[some, start] *= ((1 - after[some]) / (1 - before[some]))[:, None]
    changed[:, start, end] = np.where(some, after, before)
    return changed
