"""Marginal likelihood of steps when each row of a chain is Dirichlet around a pooled row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, logsumexp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MASSES = np.exp(np.linspace(np.log(0.1), np.log(1e6), 200))


def log_marginal_likelihood(counts: Array, *, pooled: Array, mass: float) -> float:
    """Log marginal likelihood of the steps from all rows: Dirichlet-multinomial, for a given order of the steps.

    Args:
        counts: steps from each row, (rows, S).
        pooled: prior mean of each row, (rows, S); steps where it is 0 must not occur.
        mass: prior mass of each row, in steps.

    >>> round(log_marginal_likelihood(np.array([[1.0, 0.0]]), pooled=np.array([[0.25, 0.75]]), mass=7.0), 6)  # ln 0.25
    -1.386294
    """
    alpha = mass * pooled
    some = alpha > 0
    safe = np.where(some, alpha, 1.0)
    cells = np.where(some, gammaln(safe + counts) - gammaln(safe), np.where(counts > 0, -np.inf, 0.0))
    A, n = alpha.sum(axis=1), counts.sum(axis=1)
    return float((gammaln(A) - gammaln(A + n)).sum() + cells.sum())


def log_marginal_likelihood_over_masses(counts: Array, *, pooled: Array) -> tuple[float, float]:
    """Log marginal likelihood of the steps over unknown masses, and the mass of the highest marginal likelihood.

    The mass is uniform in logs from 0.1 to a million (200 steps). Where rows do not differ, only large masses fit, and
    the marginal likelihood is a little below that of the pooled rows themselves.
    """
    values = np.array([log_marginal_likelihood(counts, pooled=pooled, mass=float(mass)) for mass in MASSES])
    return float(logsumexp(values) - np.log(len(MASSES))), float(MASSES[int(np.argmax(values))])
