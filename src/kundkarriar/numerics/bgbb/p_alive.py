"""Probability that a customer is alive: BG/BB."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgbb.likelihood import as_columns, log_trailing_nonpurchase
from kundkarriar.numerics.special.beta_geometric_survival import log_survival_by_sum


def log_p_alive(*, x: Array, t_x: Array, n: Array, ahead: int, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Log of the probability of being alive at opportunity n + `ahead`, (n,). Eq. 11 for 1, A10 for more.

    For 0 it is the probability of being alive at the last opportunity observed: 1 for customers who bought at it.

    >>> last_year = {"x": np.array([0.0, 4.0, 6.0]), "t_x": np.array([0.0, 5.0, 6.0]), "n": np.full(3, 6.0)}
    >>> np.exp(log_p_alive(**last_year, ahead=1, alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)).round(2)
    array([0.11, 0.7 , 0.93])
    """
    log_dropout, log_alive = log_trailing_nonpurchase(
        x=x, t_x=t_x, n=n, alpha=alpha, beta=beta, gamma=gamma, delta=delta
    )
    (n,) = as_columns((n,), like=log_dropout)
    return -np.logaddexp(0.0, log_dropout - log_alive) + log_survival_by_sum(ahead, a=gamma, b=delta + n)
