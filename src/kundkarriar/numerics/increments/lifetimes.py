"""Increments of models of lifetimes: Pareto/NBD and GGompertz/NBD.

Given alive now the residual lifetime exceeds t with probability (beta / (beta + u(t)))^s, u being Gompertz time, which
is time itself where b = 0. With a factor m on the dropout rate while treated, u grows m times as fast; purchases don't
depend on the lifetime. The difference of two powers is one of them times expm1 of the log of their ratio.
"""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.increments.course import Course, Window
from kundkarriar.numerics.pareto_nbd.gompertz_time import has_ageing

LARGEST = 690.0
"""exp(690) is finite: nobody lives so long in Gompertz time."""
AT_ONCE = 2**20
"""Numbers in memory at once."""


def change(course: Course, *, s: Any, beta: Any, b: Any, factors: Array) -> tuple[Array, Array]:
    """Sums of the changes of P(active) over a course, given active now, by the weights of either kind: (n, q), (n, c).

    `s`, `beta` and `b` are numbers or (n,), of the residual lifetime; `factors` are those of `course.leaving`, for each
    customer: (n, 2, k).
    """
    n = len(factors)
    given = [np.broadcast_to(np.asarray(each, dtype=float), (n,)) for each in (s, beta, b)]
    weights = np.hstack([course.purchases, course.active])
    sums = np.empty((n, weights.shape[1]))
    size = max(1, int(AT_ONCE / (len(course.times) * len(course.edges))))
    for rows in (slice(start, start + size) for start in range(0, n, size)):
        sums[rows] = _apart(course, *(each[rows, None] for each in given), factors=factors[rows]) @ weights
    q = course.purchases.shape[1]
    return sums[:, :q], sums[:, q:]


def factor_of_odds(odds: float, window: Window, *, s: Any, beta: Any, b: Any) -> Array:
    """The factor on the dropout rate that gives a factor on the odds of leaving within a window, (n,).

    NaN where no factor does: those who leave after the treated time are out of its reach.
    """
    treated, whole = (_gompertz(np.asarray(t, dtype=float), b) for t in (window.treated, window.length))
    leaves = -np.expm1(-s * np.log1p(whole / beta))
    aim = odds * leaves / (1 - leaves + odds * leaves)
    w = beta * np.expm1(-np.log1p(-aim) / s)
    factor = (w - (whole - treated)) / treated
    return np.where(factor > 0, factor, np.nan)


def _gompertz(t: Array, b: Any) -> Array:
    """Gompertz time, finite."""
    if not has_ageing(b):
        return t
    return np.asarray(np.expm1(np.minimum(b * t, LARGEST)) / b)


def _gompertz_passed(course: Course, b: Array) -> Array:
    """Gompertz time spent in each segment until each time, (1 or n, J, k)."""
    starts = course.edges[:-1]
    slow = b[..., None]
    grown = np.exp(np.minimum(slow * starts, LARGEST / 2))
    return np.asarray(grown * np.expm1(np.minimum(slow * course.passed, LARGEST / 2)) / slow)


def _apart(course: Course, s: Array, beta: Array, b: Array, *, factors: Array) -> Array:
    """The change of P(active) at each time of a course, (n, J); parameters are columns (n, 1)."""
    usual, treated = np.moveaxis(factors, 1, 0)
    if has_ageing(b):
        parts = _gompertz_passed(course, b)
        w, later = ((each[:, None] * parts).sum(axis=-1) for each in (usual, treated - usual))
    else:
        w, later = usual @ course.passed.T, (treated - usual) @ course.passed.T
    return np.asarray(np.exp(-s * np.log1p(w / beta)) * np.expm1(-s * np.log1p(later / (beta + w))))
