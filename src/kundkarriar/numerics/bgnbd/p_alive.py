"""Probability that a customer is alive: (M)BG/NBD, (M)BG/CNBD-k."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgnbd.likelihood import log_alive_weight, log_inactive_weight
from kundkarriar.numerics.optimize.forward_mode import logaddexp


def log_p_alive(
    *, x: Array, t_x: Array, T: Array, chances: Array, r: Any, alpha: Any, a: Any, b: Any, k: int = 1
) -> Array:
    """Log of the probability of being alive now, (n,); parameters may be arrays that broadcast with the rows.

    The same late customer is less probably alive the larger k:

    >>> late = {"x": np.array([6.0]), "t_x": np.array([30.0]), "T": np.array([39.0]), "chances": np.array([6.0])}
    >>> [float(np.exp(log_p_alive(**late, k=k, r=1.0, alpha=5.0 / k, a=0.8, b=2.4))[0].round(3)) for k in (1, 3)]
    [0.651, 0.537]
    """
    inactive = log_inactive_weight(stages=k * x, t_x=t_x, T=T, chances=chances, r=r, alpha=alpha, a=a, b=b)
    log_odds = inactive - log_alive_weight(stages=k * x, t_x=t_x, T=T, k=k, r=r, alpha=alpha)
    return np.asarray(-logaddexp(0.0, log_odds))
