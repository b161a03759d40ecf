"""Probability that a customer is alive: BG/NBD, MBG/NBD."""

from __future__ import annotations

from typing import Any

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgnbd.likelihood import log_odds_inactive, softplus


def log_p_alive(*, x: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any) -> Array:
    """Log of the probability of being alive now, (n,); parameters may be arrays that broadcast with the rows.

    >>> import numpy as np
    >>> someone = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> p = np.exp(log_p_alive(**someone, chances=np.array([2.0]), r=0.243, alpha=4.414, a=0.793, b=2.426))
    >>> p.round(5)
    array([0.72658])
    """
    inactive = log_odds_inactive(x=x, t_x=t_x, T=T, chances=chances, r=r, alpha=alpha, a=a, b=b)
    return -softplus(inactive)
