"""Probability that a customer is alive: BG/CNBD-k, MBG/CNBD-k."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.bgcnbd.likelihood import log_alive_weight, log_inactive_weight


def log_p_alive(*, x: Array, t_x: Array, T: Array, chances: Array, k: int, r: Any, alpha: Any, a: Any, b: Any) -> Array:
    """Log of the probability of being alive now, (n,); parameters may be arrays that broadcast with the rows.

    The same late customer is less probably alive the larger k:

    >>> late = {"x": np.array([6.0]), "t_x": np.array([30.0]), "T": np.array([39.0]), "chances": np.array([6.0])}
    >>> [float(np.exp(log_p_alive(**late, k=k, r=1.0, alpha=5.0 / k, a=0.8, b=2.4))[0].round(3)) for k in (1, 3)]
    [0.651, 0.537]
    """
    stages = k * x
    alive = log_alive_weight(stages=stages, t_x=t_x, T=T, k=k, r=r, alpha=alpha)
    inactive = log_inactive_weight(stages=stages, t_x=t_x, T=T, chances=chances, r=r, alpha=alpha, a=a, b=b)
    return np.asarray(-np.logaddexp(0.0, inactive - alive))
