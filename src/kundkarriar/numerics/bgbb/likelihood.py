"""Likelihood and P(alive) of BG/BB: beta-Bernoulli purchases at discrete opportunities, beta-geometric dropout.

Fader, P. S., Hardie, B. G. S. & Shang, J. (2010), "Customer-base analysis in a discrete-time noncontractual setting",
Marketing Science 29(6); equation numbers are of that paper. A customer bought first at opportunity 0; of the next n,
x were taken, the last of them the t_x-th. While alive a customer buys at each opportunity with probability
p ~ Beta(alpha, beta), and before each drops out with probability theta ~ Beta(gamma, delta).

The likelihood, eq. 5, is written as the probability of the history up to t_x, alive all the time, times that of the
trailing nonpurchase after it (`trailing_nonpurchase.py`): the paper's sum with its common factor taken out, so that
only ratios below 1 are added.
"""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgbb import trailing_nonpurchase
from kundkarriar.numerics.bgbb.sufficient_statistics import OpportunityStatistics
from kundkarriar.numerics.special import rising_factorial
from kundkarriar.numerics.special.beta_geometric_survival import log_survival, log_survival_by_sum


def log_likelihood(*, x: Array, t_x: Array, n: Array, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Log-likelihood of each customer, (n,), or (n, S) for parameters of S draws, (1, S). Eq. 5.

    >>> cell = {"x": np.array([4.0]), "t_x": np.array([5.0]), "n": np.array([6.0])}
    >>> log_likelihood(**cell, alpha=1.204, beta=0.75, gamma=0.657, delta=2.783).round(4)
    array([-5.0957])
    """
    log_dropout, log_alive = _log_trailing_nonpurchase(x, t_x, n, alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    x, t_x = _as_columns((x, t_x), like=log_dropout)
    until_last: Array = (
        log_survival(x, a=beta, b=alpha)  # B(alpha + x, beta) / B(alpha, beta)
        + log_survival(t_x - x, a=alpha + x, b=beta)
        + log_survival(t_x, a=gamma, b=delta)
    )
    return until_last + np.logaddexp(log_dropout, log_alive)


def total(
    statistics: OpportunityStatistics, *, alpha: float, beta: float, gamma: float, delta: float
) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers, its gradient (4,) and Hessian (4, 4), in (alpha, beta, gamma, delta)."""
    value, gradient, hessian = statistics.trailing_nonpurchases.total(alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    for sign, at, base, above in (
        (1, [0], alpha, statistics.taken),
        (1, [1], beta, statistics.not_taken),
        (-1, [0, 1], alpha + beta, statistics.alive),
        (1, [3], delta, statistics.alive),
        (-1, [2, 3], gamma + delta, statistics.alive),
    ):
        part = rising_factorial.log_sum(base, above)
        value += sign * part[0]
        gradient[at] += sign * part[1]
        hessian[np.ix_(at, at)] += sign * part[2]
    return value, gradient, hessian


def loglik_batch(statistics: OpportunityStatistics, *, alpha: Array, beta: Array, gamma: Array, delta: Array) -> Array:
    """Log-likelihood of all customers at each of S parameter vectors, (S,); each parameter is (S,)."""
    log_sum, alive = rising_factorial.log_sum_batch, statistics.alive
    until_last = (
        log_sum(alpha, statistics.taken) + log_sum(beta, statistics.not_taken) - log_sum(alpha + beta, alive)
        + log_sum(delta, alive) - log_sum(gamma + delta, alive)
    )  # fmt: skip
    trailing = statistics.trailing_nonpurchases.loglik_batch(alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    return np.asarray(until_last + trailing)


def log_p_alive(*, x: Array, t_x: Array, n: Array, ahead: int, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Log of the probability of being alive at opportunity n + `ahead`, (n,). Eq. 11 for 1, A10 for more.

    For 0 it is the probability of being alive at the last opportunity observed: 1 for customers who bought at it.

    >>> last_year = {"x": np.array([0.0, 4.0, 6.0]), "t_x": np.array([0.0, 5.0, 6.0]), "n": np.full(3, 6.0)}
    >>> np.exp(log_p_alive(**last_year, ahead=1, alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)).round(2)
    array([0.11, 0.7 , 0.93])
    """
    log_dropout, log_alive = _log_trailing_nonpurchase(x, t_x, n, alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    (n,) = _as_columns((n,), like=log_dropout)
    return -np.logaddexp(0.0, log_dropout - log_alive) + log_survival_by_sum(ahead, a=gamma, b=delta + n)


def _log_trailing_nonpurchase(
    x: Array, t_x: Array, n: Array, *, alpha: Any, beta: Any, gamma: Any, delta: Any
) -> tuple[Array, Array]:
    """Logs of the two parts of the probability of the trailing nonpurchase: with dropout, and alive."""
    gap = n - t_x
    if np.ndim(alpha) == 2:
        x, t_x = x[:, None], t_x[:, None]
    return trailing_nonpurchase.log_parts(gap, a=alpha + x, b=beta + (t_x - x), c=gamma, d=delta + t_x)


def _as_columns(values: tuple[Array, ...], *, like: Array) -> tuple[Array, ...]:
    """Row values that broadcast with `like`: (n, 1) where `like` has a column for each draw."""
    return tuple(value[:, None] for value in values) if like.ndim == 2 else values
