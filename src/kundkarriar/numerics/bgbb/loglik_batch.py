"""Log-likelihood of BG/BB at many parameter vectors at once, without derivatives."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgbb.sufficient_statistics import OpportunityStatistics
from kundkarriar.numerics.special import rising_factorial


def loglik_batch(statistics: OpportunityStatistics, *, alpha: Array, beta: Array, gamma: Array, delta: Array) -> Array:
    """Log-likelihood of all customers at each of S parameter vectors, (S,); each parameter is (S,)."""
    log_sum, alive = rising_factorial.log_sum_batch, statistics.alive
    until_last = (
        log_sum(alpha, statistics.taken) + log_sum(beta, statistics.not_taken) - log_sum(alpha + beta, alive)
        + log_sum(delta, alive) - log_sum(gamma + delta, alive)
    )  # fmt: skip
    trailing = statistics.trailing_nonpurchases.loglik_batch(alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    return np.asarray(until_last + trailing)
