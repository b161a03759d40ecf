"""Probability that a customer is alive: Pareto/NBD, GGompertz/NBD."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.pareto_nbd.likelihood import log_odds_inactive


def log_p_alive(*, x: Array, t_x: Array, T: Array, r: Any, alpha: Any, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Log of the probability of being alive at T, (n,); parameters may be arrays that broadcast with the rows.

    >>> customer = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> np.exp(log_p_alive(**customer, r=0.553, alpha=10.578, s=0.606, beta=11.669)).round(4)
    array([0.8692])
    """
    return np.asarray(-np.logaddexp(0.0, log_odds_inactive(x=x, t_x=t_x, T=T, r=r, alpha=alpha, s=s, beta=beta, b=b)))
