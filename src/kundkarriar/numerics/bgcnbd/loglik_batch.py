"""Log-likelihood of BG/CNBD-k and MBG/CNBD-k at many parameters at once, without derivatives."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgcnbd.sufficient_statistics import ErlangStatistics
from kundkarriar.numerics.special.rising_factorial import log_sum_batch

AT_ONCE = 2_000_000
"""Numbers in memory at once."""


def loglik_batch(statistics: ErlangStatistics, *, r: Array, alpha: Array, a: Array, b: Array) -> Array:
    """Log-likelihood of all customers without `likelihood.gap_term`, (S,); a = 0: nobody drops out.

    The parameters r, alpha, a and b are arrays, each (S,).
    """
    size = max(
        1, AT_ONCE // (len(statistics.stages) + len(statistics.counts.x_above) + len(statistics.counts.chances_above))
    )
    parameters = [np.asarray(given, dtype=float)[:, None] for given in (r, alpha, a, b)]
    blocks = [
        _block(statistics, *(given[start : start + size] for given in parameters)) for start in range(0, len(r), size)
    ]
    return np.concatenate(blocks) if blocks else np.empty(0)


def _block(statistics: ErlangStatistics, r: Array, alpha: Array, a: Array, b: Array) -> Array:
    """The same for parameters (S, 1) whose arrays fit in memory, (S,)."""
    counts = statistics.counts
    log_rising = log_sum_batch(r[:, 0], counts.x_above)
    log_aging = np.log(alpha + counts.ages) @ counts.age_x + (r * np.log1p(counts.ages / alpha)) @ counts.age_n
    j = np.arange(len(counts.chances_above))
    log_survival = -np.log1p(a / (b + j)) @ counts.chances_above
    s = r + statistics.stages
    inverse_rate = 1 / (alpha + statistics.T)
    u = (statistics.T - statistics.t_x) * inverse_rate
    alive_weight = np.ones_like(s)
    for stage in range(statistics.k - 1, 0, -1):
        alive_weight *= s + (stage - 1)
        alive_weight *= u / stage
        alive_weight += 1.0
    may_drop_out = statistics.chances > 0
    with np.errstate(divide="ignore"):  # a = 0: nobody drops out
        log_odds = np.where(may_drop_out, np.log(a / (b + np.maximum(statistics.chances - 1.0, 0.0))), -np.inf)
    log_odds = log_odds + s * np.log1p((statistics.T - statistics.t_x) / (alpha + statistics.t_x))
    ratio = np.exp(-np.abs(log_odds))
    log_alive_or_inactive = np.maximum(log_odds, 0.0) + np.log(
        np.where(log_odds > 0, 1.0 + alive_weight * ratio, alive_weight + ratio)
    )
    return np.asarray(log_rising - log_aging + log_survival + log_alive_or_inactive @ statistics.weights)
