"""Likelihood of the shifted beta-geometric: at each renewal a member churns with probability theta ~ Beta(alpha, beta).

Fader, P. S. & Hardie, B. G. S. (2007), "How to project customer retention", Journal of Interactive Marketing 21(1);
equation numbers are of that paper. A member who renewed k times and then churned was retained k + 1 periods; the paper
counts those, T = k + 1.
"""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.numerics.special import rising_factorial
from kundkarriar.numerics.special.beta_geometric_survival import log_survival


def log_likelihood(*, k: Array, ended: Mask, alpha: Any, beta: Any) -> Array:
    """Log-likelihood of each member, (n,). Eq. 5 for memberships that ended, eq. 6 for active ones.

    >>> log_likelihood(k=np.array([0.0, 7.0]), ended=np.array([True, False]), alpha=0.668, beta=3.806).round(4)
    array([-1.9017, -0.7155])
    """
    log_churn = np.log(alpha / (alpha + beta + k))
    return np.asarray(log_survival(k, a=alpha, b=beta) + np.where(ended, log_churn, 0.0))


def total(*, ended_at: Array, faced: Array, alpha: float, beta: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all members, its gradient (2,) and Hessian (2, 2), in (alpha, beta).

    `ended_at` (J,) members churned at renewal j = 0, 1, ..., of the `faced` (J,) who were at risk.
    """
    churned = float(ended_at.sum())
    retained, at_risk = rising_factorial.log_sum(beta, faced - ended_at), rising_factorial.log_sum(alpha + beta, faced)
    value = churned * np.log(alpha) + retained[0] - at_risk[0]
    gradient = np.array([churned / alpha, retained[1]]) - at_risk[1]
    hessian = np.diag([-churned / alpha**2, retained[2]]) - at_risk[2]
    return float(value), gradient, hessian


def loglik_batch(*, ended_at: Array, faced: Array, alpha: Array, beta: Array) -> Array:
    """Log-likelihood of all members at each of S parameter vectors, (S,); arguments as of `total`."""
    log_sum = rising_factorial.log_sum_batch
    retained, at_risk = log_sum(beta, faced - ended_at), log_sum(alpha + beta, faced)
    return np.asarray(ended_at.sum() * np.log(alpha) + retained - at_risk)
