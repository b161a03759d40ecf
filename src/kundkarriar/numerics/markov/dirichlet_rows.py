"""How likely steps are when each row of a chain is Dirichlet around a pooled row, its mass by empirical Bayes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, logsumexp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MASSES = np.exp(np.linspace(np.log(0.1), np.log(1e6), 200))


def log_evidence(counts: Array, *, pooled: Array, mass: float) -> float:
    """Log probability of the steps out of each row, summed: the Dirichlet-multinomial, in a given order of steps.

    Args:
        counts: steps from each row, (rows, S).
        pooled: the row that each is drawn around, (rows, S); steps where it is 0 must not occur.
        mass: how many steps the pooled row counts for.

    >>> round(log_evidence(np.array([[1.0, 0.0]]), pooled=np.array([[0.25, 0.75]]), mass=7.0), 6)  # ln 0.25
    -1.386294
    """
    alpha = mass * pooled
    some = alpha > 0
    safe = np.where(some, alpha, 1.0)
    cells = np.where(some, gammaln(safe + counts) - gammaln(safe), np.where(counts > 0, -np.inf, 0.0))
    A, n = alpha.sum(axis=1), counts.sum(axis=1)
    return float((gammaln(A) - gammaln(A + n)).sum() + cells.sum())


def over_masses(counts: Array, *, pooled: Array) -> tuple[float, float]:
    """Log evidence of the steps when the mass is not known, and the mass under which they are the most likely.

    The mass is uniform in logs from 0.1 to a million (200 steps). Where rows do not differ, only large masses fit, and
    the evidence lies a little below that of the pooled rows themselves.
    """
    evidence = np.array([log_evidence(counts, pooled=pooled, mass=float(mass)) for mass in MASSES])
    return float(logsumexp(evidence) - np.log(len(MASSES))), float(MASSES[int(np.argmax(evidence))])
