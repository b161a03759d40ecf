"""Lifts of pairs of categories: how many customers have both, over those expected of customers with as many."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from kundkarriar.arrays import Array, Whole

STEPS = 200
LEAST, MOST = np.log(0.05), np.log(1e6)


@frozen(kw_only=True, eq=False)
class PairLift:
    """Pairs of C categories; the diagonals mean nothing.

    Attributes:
        both: customers with both, (C, C).
        expected: customers with both if categories did not attract each other, (C, C).
        lift: shrunk both / expected, (C, C).
        mass: the pairs' weight towards a lift of 1, in expected customers.
    """

    both: Array
    expected: Array
    lift: Array
    mass: float


def pair_lift(sets: Array, counts: Whole) -> PairLift:
    """The lifts of all pairs, from the sets of categories that customers have.

    Who has many categories has any pair more often, which is no attraction. So the pairs expected among customers with
    k categories are those of a log-linear model of them alone: E_ab = w_a w_b, where each category's pairs are as many
    as there are. Counts are Poisson with mean E x lift, and lifts Gamma(mass, mass), so the shrunk lift is
    (both + mass) / (expected + mass); the mass maximises the likelihood of all counts.

    Args:
        sets: distinct sets, (S, C), 1 where the category is in it.
        counts: customers with each, (S,).

    Source: the shrinkage is that of DuMouchel (1999), The American Statistician 53(3), with one component.
    """
    size = sets.sum(axis=1)
    weighted = sets * counts[:, None]
    both = weighted.T @ sets
    expected = np.zeros_like(both)
    for k in np.unique(size[size >= 2]):
        expected += _expected_pairs(weighted[size == k].sum(axis=0), int(k))
    upper = np.triu_indices(len(both), 1)
    some = expected[upper] > 1e-9
    N, E = both[upper][some], expected[upper][some]

    def cost(log_mass: float) -> float:
        m = np.exp(log_mass)
        return -float((gammaln(N + m) - gammaln(m) + m * np.log(m / (m + E)) + N * np.log(E / (m + E))).sum())

    mass = float(np.exp(MOST))
    if len(N):
        mass = float(np.exp(minimize_scalar(cost, bounds=(LEAST, MOST), method="bounded").x))
    return PairLift(both=both, expected=expected, lift=(both + mass) / (expected + mass), mass=mass)


def _expected_pairs(number: Array, k: int) -> Array:
    """Expected pairs, (C, C), among customers with k categories each, `number` of them with each category."""
    wanted = number * (k - 1.0)
    some = number > 0
    w = np.sqrt(np.where(some, wanted, 0.0))
    for _ in range(STEPS):
        made = w * (w.sum() - w)
        step = np.sqrt(np.divide(wanted, made, out=np.ones_like(w), where=made > 0))
        w = w * step
        if np.abs(step - 1).max() < 1e-10:
            break
    pairs = np.outer(w, w)
    np.fill_diagonal(pairs, 0.0)
    return np.asarray(pairs)


def next_shares(sets: Array, *, lift: Array, popularity: Array) -> Array:
    """Probability of each category to be the next new one of customers with each set, (S, C); 0 of those in it.

    It is in proportion to the `popularity`, (C,) or (S, C), times the geometric mean of the lifts with the categories
    in the set. Rows of customers who have all are 0.
    """
    size = sets.sum(axis=1, keepdims=True)
    logs = np.log(lift)
    np.fill_diagonal(logs, 0.0)
    weight = np.where(sets > 0, 0.0, popularity * np.exp(sets @ logs / np.maximum(size, 1)))
    total = weight.sum(axis=1, keepdims=True)
    shares: Array = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return shares
