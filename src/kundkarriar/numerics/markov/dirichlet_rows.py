"""Rows of chains that are Dirichlet around the row of a pooled chain: posterior means, and marginal likelihood."""

import numpy as np
from scipy.special import gammaln, logsumexp

from kundkarriar.arrays import Array

MASSES = np.exp(np.linspace(np.log(0.1), np.log(1e6), 200))
UNKNOWN_ROW_STEPS = 4.0
"""Prior mass of the row of a state that nobody has left: 90 % of draws leave it with at most a third a month."""


def shrunk_to_pooled(steps: Array, *, mass: float, pooled: Array) -> tuple[Array, Array]:
    """Posterior means of the chains' rows, shrunk to the pooled chain, (K, S, S), and their Dirichlet masses, (K, S).

    In a row with steps, those that no chain has taken keep their pooled probability in every chain. Staying in a state
    counts as a step.

    The Dirichlet mass of a row is the number of its own steps plus the prior's part. That part is limited by `mass` and
    by the support of the other chains: 1 / part = 1 / mass + 1 / (1 + support). A chain with n steps from the state
    adds n mass / (n + mass) to the support. With one chain the part is thus below one step. In the row of a state that
    nobody has left the part is `UNKNOWN_ROW_STEPS`.

    `steps` (K, S, S) are the counts of each chain, `mass` the prior mass of each row of each chain, in steps, and
    `pooled` (S, S) the prior mean of each chain, 0 where a step is impossible.
    """
    together = steps.sum(axis=0)
    n = together.sum(axis=1)
    unseen = (together == 0) & (n[:, None] > 0)
    left = n - np.diag(together)
    fixed = np.where(unseen, pooled, 0.0)
    posterior = steps + mass * (pooled - fixed)
    P = posterior / posterior.sum(axis=2, keepdims=True) * (1 - fixed.sum(axis=1, keepdims=True)) + fixed
    own = steps.sum(axis=2)
    support = own * mass / (own + mass)
    others = 1.0 + support.sum(axis=0) - support
    return P, own + np.where(left > 0, others * mass / (others + mass), UNKNOWN_ROW_STEPS)


def log_marginal_likelihood(counts: Array, *, pooled: Array, mass: float) -> float:
    """Log marginal likelihood of the steps from all rows: Dirichlet-multinomial, for a given order of the steps.

    Of `counts` (rows, S), with the prior mean `pooled` (rows, S) and the prior `mass` of each row, in steps. Steps with
    a prior mean of 0 must not occur.

    >>> round(log_marginal_likelihood(np.array([[1.0, 0.0]]), pooled=np.array([[0.25, 0.75]]), mass=7.0), 6)  # ln 0.25
    -1.386294
    """
    alpha = mass * pooled
    safe = np.where(alpha > 0, alpha, 1.0)
    cells = np.where(alpha > 0, gammaln(safe + counts) - gammaln(safe), np.where(counts > 0, -np.inf, 0.0))
    A, n = alpha.sum(axis=1), counts.sum(axis=1)
    return float((gammaln(A) - gammaln(A + n)).sum() + cells.sum())


def log_marginal_likelihood_over_masses(counts: Array, *, pooled: Array) -> tuple[float, float]:
    """Log marginal likelihood of the steps over unknown masses, and the mass of the highest marginal likelihood.

    The mass is uniform in logs from 0.1 to a million (200 steps). Where rows do not differ, only large masses fit, and
    the marginal likelihood is a little below that of the pooled rows themselves.
    """
    values = np.array([log_marginal_likelihood(counts, pooled=pooled, mass=float(mass)) for mass in MASSES])
    return float(logsumexp(values) - np.log(len(MASSES))), float(MASSES[int(np.argmax(values))])
