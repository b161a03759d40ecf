"""Moments at which a customer may have left, or may leave, and the stretch of time that each stands for.

Every integral over a lifetime here is that of (alpha + t)^-p and (beta + u(t))^-s, u being warped time. All their
singularities in u lie on the negative real axis, so in y = ln(m + u), m the nearest of them, they are smooth in a
strip of half-width pi, and Gauss and Legendre's nodes in y converge fast, whatever the size of p and s; there are
positive terms only, so nothing cancels. The far end is cut where the integrand has fallen by exp(-45).

With ageing the integrand goes on over a stretch in y that may be thousands long. There it bends on the scale of 1
at most as far as y_bend, where u has passed every singularity; beyond, the nodes lie in the logarithm of y - y_bend.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.numerics.warped_time import after_growth, ages, log_growth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FORGOTTEN = 45.0
"""What has fallen by exp(-45) is as good as gone."""
MARGIN = 15.0
"""Further by which the purchase rate must have fallen for an integral to end there: while it fell, u' has grown by
less, so what lies beyond is still too little."""

LONG = 12.0
"""A stretch of ageing longer than this is cut up: where s is large, exp(-s u / beta) ends it within 1 or so of y."""


@frozen(kw_only=True, eq=False)
class Node:
    """One moment for each row; all arrays have the shape of the rows.

    Attributes:
        t: the moment.
        dt: the stretch of time that it stands for.
        quiet: ln((alpha + t) / (alpha + start)).
        worn: ln((beta + u(t)) / (beta + u(start))).
        hazard: d worn / dt, times dt: s times it is the chance to leave in the stretch.
    """

    t: Array
    dt: Array
    quiet: Array
    worn: Array
    hazard: Array


def nodes(*, start: Any, end: Any, p: Any, alpha: Any, s: Any, beta: Any, b: Any, count: int) -> Iterator[Node]:
    """Moments between `start` and `end`; everything may be arrays that broadcast.

    Args:
        start: when the integral begins, >= 0.
        end: when it ends, at least `start`; may be infinite where the integrand falls fast enough.
        p: power of 1 / (alpha + t) that the integrand holds, >= 0.
        alpha: > 0; infinite where the integrand does not hold it (p = 0).
        s: power of 1 / (beta + u(t)) by which the integrand falls, >= 0: 0 where it need not fall.
        beta: > 0.
        b: ageing, >= 0; 0 for none.
        count: nodes of a stretch.

    >>> held = {"start": 0.0, "end": np.inf, "p": 1.5, "alpha": 4.0, "s": 0.5, "beta": 9.0, "b": 0.0, "count": 24}
    >>> chance = sum(0.5 * at.hazard * np.exp(-1.5 * at.quiet - 0.5 * at.worn) for at in nodes(**held))
    >>> float(chance.round(9))
    0.16
    """
    start, end, p, alpha, s, beta = (np.asarray(given, dtype=np.float64) for given in (start, end, p, alpha, s, beta))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        nearest = -np.expm1(-b * alpha) / b if ages(b) else alpha
        m = np.minimum(nearest, beta)
        reach = log_growth(end - start, since=start, c=m, b=b)
        reach = np.fmin(reach, _faded(start=start, p=p, alpha=alpha, s=s, beta=beta, b=b, m=m))
    for y, dy in _stretches(reach, beta=beta, b=b, m=m, count=count):
        elapsed, slope = after_growth(y, since=start, m=m, b=b)
        yield Node(
            t=start + elapsed,
            dt=slope * dy,
            quiet=np.log1p(elapsed / (alpha + start)),
            worn=log_growth(elapsed, since=start, c=beta, b=b),
            hazard=_share(y, start=start, beta=beta, b=b, m=m) * dy,
        )


def _share(y: Array, *, start: Any, beta: Any, b: Any, m: Any) -> Array:
    """(m + u) / (beta + u): the slope of ln(beta + u) in y."""
    if not ages(b):
        return np.asarray(1.0 / (1.0 + (beta - m) / (m + start) * np.exp(-y)))
    shift = np.exp(-b * start)
    grown = m * shift - np.expm1(-b * start) / b  # (m + u(start)) exp(-b start)
    return np.asarray(1.0 / (1.0 + (beta - m) * shift / grown * np.exp(-y)))


def _faded(*, start: Any, p: Any, alpha: Any, s: Any, beta: Any, b: Any, m: Any) -> Array:
    """The y at which the integrand has fallen by exp(-45); infinite where it never does."""
    shift = log_growth(start, since=0.0, c=beta, b=b) + np.log(beta)
    shift = shift - log_growth(start, since=0.0, c=m, b=b) - np.log(m)  # ln((beta + u) / (m + u)) at the start
    worn = shift + FORGOTTEN / s
    silent = (alpha + start) * np.expm1((FORGOTTEN + MARGIN) / p)
    faded = np.fmin(worn, np.where(b * silent < MARGIN - 5.0, log_growth(silent, since=start, c=m, b=b), np.inf))
    if not ages(b):
        apart = shift + np.log((alpha + start) / (m + start))
        faded = np.fmin(faded, apart + FORGOTTEN / (p + s))
    return np.where(np.isnan(faded), np.inf, faded)


def _stretches(reach: Array, *, beta: Any, b: Any, m: Any, count: int) -> Iterator[tuple[Array, Array]]:
    """Nodes in y and their widths: one stretch up to y_bend, and where there is more one beyond, in logarithms."""
    points, weights = gauss(count)
    near, pieces = reach, 1
    if ages(b):
        near = np.minimum(reach, np.log(np.maximum(beta, 1.0 / b) / m + 1.0) + 2.0)
        pieces = max(int(np.ceil(np.max(near, initial=0.0) / LONG)), 1)
    for piece in range(pieces):
        for point, weight in zip(points, weights, strict=True):
            yield near * ((piece + point) / pieces), near * (weight / pieces)
    if not ages(b):
        return
    beyond = np.log1p(reach - near)
    if not np.any(beyond > 0):
        return
    for point, weight in zip(points, weights, strict=True):
        yield near + np.expm1(beyond * point), beyond * weight * np.exp(beyond * point)


@lru_cache(maxsize=8)
def gauss(count: int) -> tuple[Array, Array]:
    """Gauss and Legendre's nodes and weights on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(count)
    return 0.5 * (points + 1), 0.5 * weights
