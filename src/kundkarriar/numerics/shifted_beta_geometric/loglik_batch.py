"""Log-likelihood of the shifted beta-geometric at many parameter vectors at once, without derivatives."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special import rising_factorial


def loglik_batch(*, ended_at: Array, faced: Array, alpha: Array, beta: Array) -> Array:
    """Log-likelihood of all members at each of S parameter vectors, (S,); arguments as of `likelihood.total`."""
    log_sum = rising_factorial.log_sum_batch
    retained, at_risk = log_sum(beta, faced - ended_at), log_sum(alpha + beta, faced)
    return np.asarray(ended_at.sum() * np.log(alpha) + retained - at_risk)
