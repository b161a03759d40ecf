"""Shifted beta-geometric: at each renewal a member leaves with a chance theta of one's own, theta ~ Beta(alpha, beta).

Fader, P. S. & Hardie, B. G. S. (2007), "How to project customer retention", Journal of Interactive Marketing 21(1);
equation numbers are of that paper where nothing else is said. A member who renewed k times and then left stayed k + 1
periods; the paper counts those, T = k + 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.numerics.special import rising_factorial
from kundkarriar.numerics.special.beta_geometric_survival import discounted_stays
from kundkarriar.numerics.special.gamma_ratio import log_stays

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def log_likelihood(*, k: Array, ended: NDArray[np.bool_], alpha: Any, beta: Any) -> Array:
    """Log-likelihood of each member, (n,). Eq. 5 where the membership ended, eq. 6 where it goes on.

    >>> log_likelihood(k=np.array([0.0, 7.0]), ended=np.array([True, False]), alpha=0.668, beta=3.806).round(4)
    array([-1.9017, -0.7155])
    """
    leaves = np.log(alpha / (alpha + beta + k))
    return np.asarray(log_stays(k, a=alpha, b=beta) + np.where(ended, leaves, 0.0))


def retention(k: Any, *, alpha: Any, beta: Any) -> Array:
    """Share that renews once more of those who renewed `k` times. Eq. 8; it grows with k, because leavers leave.

    >>> retention(np.array([0, 1, 6]), alpha=0.668, beta=3.806).round(3)
    array([0.851, 0.878, 0.936])
    """
    return np.asarray((beta + k) / (alpha + beta + k))


def discounted_renewals(upto: float, *, discount_rate: float, k: Any, alpha: Any, beta: Any) -> Array:
    """Renewals to come of a member who renewed `k` times, just before the next; that one counts in full.

    Fader & Hardie (2010), "Customer-base valuation in a contractual setting: the perils of ignoring heterogeneity",
    Marketing Science 29(1), eq. 6: the discounted expected residual lifetime, DERL, where `upto` is infinite.

    Args:
        upto: renewals ahead, a whole number or `inf`.
        discount_rate: per period, effective, >= 0; > 0 where `upto` is infinite.
        k: times renewed, (n,).
        alpha: first parameter of the beta over the chance of leaving.
        beta: its second.

    >>> discounted_renewals(np.inf, discount_rate=0.1, k=np.arange(5.0), alpha=3.80, beta=15.20).round(2)
    array([3.31, 3.45, 3.59, 3.72, 3.84])
    """
    ahead = discounted_stays(upto, discount_rate=discount_rate, a=alpha + 0 * k, b=beta + k)
    return np.asarray((1 + discount_rate) * ahead)


def total(*, ended_at: Array, faced: Array, alpha: float, beta: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all members, its gradient (2,) and Hessian (2, 2), in (alpha, beta).

    Args:
        ended_at: members who left at renewal j, j = 0, 1, ..., (J,).
        faced: members who came to renewal j, and left or not, (J,).
        alpha: first parameter of the beta over the chance of leaving.
        beta: its second.
    """
    left = float(ended_at.sum())
    stayed, came = rising_factorial.total(beta, faced - ended_at), rising_factorial.total(alpha + beta, faced)
    value = left * np.log(alpha) + stayed[0] - came[0]
    gradient = np.array([left / alpha, stayed[1]]) - came[1]
    hessian = np.diag([-left / alpha**2, stayed[2]]) - came[2]
    return float(value), gradient, hessian


def totals(*, ended_at: Array, faced: Array, alpha: Array, beta: Array) -> Array:
    """The log-likelihood of all members alone, at S points at once, (S,); each parameter is (S,)."""
    of_many = rising_factorial.total_of_many
    stayed, came = of_many(beta, faced - ended_at), of_many(alpha + beta, faced)
    return np.asarray(ended_at.sum() * np.log(alpha) + stayed - came)


def simulate(*, most: Array, alpha: float, beta: float, generator: Generator) -> tuple[Array, NDArray[np.bool_]]:
    """New members' renewals, and whether they left before the last that they could come to, each (n,).

    Args:
        most: renewals that each member could have come to, (n,).
        alpha: first parameter of the beta over the chance of leaving.
        beta: its second.
        generator: the stream.
    """
    theta = generator.beta(alpha, beta, len(most))
    stays = -np.log1p(-np.minimum(theta, 1 - 1e-16))
    renewed = np.floor(generator.standard_exponential(len(most)) / np.maximum(stays, 1e-18))
    return np.minimum(renewed, most), renewed < most
