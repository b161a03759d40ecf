"""Sufficient statistics of a customer base for the likelihood of BG/CNBD-k and MBG/CNBD-k."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.bgnbd.sufficient_statistics import PurchaseStatistics, tabulate


@frozen(kw_only=True, eq=False)
class ErlangStatistics:
    """Counts of a customer base whose purchase gaps are Erlang-k; times are divided by a scale.

    Attributes:
        k: Erlang stages of a gap between purchases.
        counts: statistics of the base with every purchase counted as k stages.
        stages, t_x, T, chances, weights: the rows, (n,); stages = k x.
    """

    k: int
    counts: PurchaseStatistics
    stages: Array
    t_x: Array
    T: Array
    chances: Whole
    weights: Array

    @classmethod
    def of(
        cls, *, x: Array, t_x: Array, T: Array, weights: Array, chances: Array, k: int, scale: float
    ) -> ErlangStatistics:
        """Statistics of a customer base; `tabulate` explains the arguments."""
        counts = tabulate(x=k * x, t_x=t_x, T=T, weights=weights, chances=chances, scale=scale)
        return cls(
            k=k,
            counts=counts,
            stages=k * x,
            t_x=t_x / scale,
            T=T / scale,
            chances=chances.astype(np.int64),
            weights=weights,
        )
