"""Residual lifetimes whose dropout rate is multiplied by factors in segments of time."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.pareto_nbd import gompertz_time

LARGEST = 700.0
"""exp(b t) beyond it overflows; nobody is alive by then."""


def lifetimes(hazard: Array, *, b: Any) -> Array:
    """Residual lifetimes, (m,): when Gompertz time is `hazard`, an exponential number over the dropout rate.

    >>> lifetimes(np.array([3.0]), b=0.0)
    array([3.])
    """
    return gompertz_time.inverse_transform(hazard, b)


def treated_lifetimes(hazard: Array, *, b: Array, edges: Array, factor: Array) -> Array:
    """The same where the dropout rate is `factor` times as high between `edges`, (k + 1,); factors are (m, k).

    Within a segment of factor f, Gompertz time counts f times; after the last edge it counts once.

    >>> half_then_double = np.array([[0.5, 2.0]])
    >>> treated_lifetimes(np.array([3.0]), b=np.zeros(1), edges=np.array([0.0, 2.0, 9.0]), factor=half_then_double)
    array([3.])
    """
    aged = gompertz_time.has_ageing(b)
    at = (
        gompertz_time.transform(np.minimum(edges, LARGEST / np.maximum(b, 1e-300)[:, None]), b[:, None])
        if aged
        else (np.broadcast_to(edges, (len(hazard), len(edges))))
    )
    counted = np.concatenate([np.zeros((len(hazard), 1)), np.cumsum(factor * np.diff(at, axis=1), axis=1)], axis=1)
    segment = (counted[:, 1:] < hazard[:, None]).sum(axis=1)
    row = np.arange(len(hazard))
    speed = np.concatenate([factor, np.ones((len(hazard), 1))], axis=1)[row, segment]
    with np.errstate(divide="ignore"):
        reached = at[row, segment] + (hazard - counted[row, segment]) / speed
    return lifetimes(reached, b=b)
