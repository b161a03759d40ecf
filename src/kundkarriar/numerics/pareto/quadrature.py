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

from kundkarriar.numerics.pareto.gompertz_time import after_growth, ages, log_growth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FORGOTTEN = 45.0
"""What has fallen by exp(-45) is as good as gone."""
MARGIN = 15.0
"""Further by which the purchase rate must have fallen for an integral to end there where customers age: meanwhile the
rate of leaving has grown by less, so what lies beyond is still too little."""

LONG = 12.0
"""A longer stretch is cut up: where s or p is large, the integrand ends within 1 or so of y. Beyond y_bend it may end
as suddenly in the logarithm, and half of this is long."""


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
        elapsed = np.fmin(end - start, _faded(start=start, p=p, alpha=alpha, s=s, beta=beta, b=b))
        reach = log_growth(elapsed, since=start, c=m, b=b)
        if not ages(b):  # beyond both scales it falls as a power of time
            apart = np.log((alpha + start) / (m + start)) + np.log((beta + start) / (m + start))
            reach = np.fmin(reach, apart + FORGOTTEN / (p + s))
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


def _faded(*, start: Any, p: Any, alpha: Any, s: Any, beta: Any, b: Any) -> Array:
    """The time that elapses until the integrand has fallen by exp(-45); infinite where it never does."""
    worn, _ = after_growth(FORGOTTEN / s, since=start, m=beta, b=b)
    # one power of t is taken by the time itself: t^-1 has as much of its integral in every stretch of ln t
    silent = (alpha + start) * np.expm1((FORGOTTEN + MARGIN) / np.maximum(p - 1.0, 0.0))
    if ages(b):
        silent = np.where(b * silent < MARGIN - 5.0, silent, np.inf)
    return np.fmin(worn, np.where(np.isnan(silent), np.inf, silent))


def _stretches(reach: Array, *, beta: Any, b: Any, m: Any, count: int) -> Iterator[tuple[Array, Array]]:
    """Nodes in y and their widths: one stretch up to y_bend, and where there is more one beyond, in logarithms."""
    near = reach
    if ages(b):
        near = np.minimum(reach, np.log(np.maximum(beta, 1.0 / b) / m + 1.0) + 2.0)
    yield from _pieces(near, count=count, longest=LONG)
    if not ages(b):
        return
    beyond = np.log1p(reach - near)
    if np.any(beyond > 0):
        for at, width in _pieces(beyond, count=count, longest=0.5 * LONG):
            yield near + np.expm1(at), width * np.exp(at)


def _pieces(length: Array, *, count: int, longest: float) -> Iterator[tuple[Array, Array]]:
    """Nodes from 0 to `length` and their widths, in equal pieces of at most `longest`."""
    points, weights = gauss(count)
    pieces = max(int(np.ceil(np.max(length, initial=0.0) / longest)), 1)
    for piece in range(pieces):
        for point, weight in zip(points, weights, strict=True):
            yield length * ((piece + point) / pieces), length * (weight / pieces)


@lru_cache(maxsize=8)
def gauss(count: int) -> tuple[Array, Array]:
    """Gauss and Legendre's nodes and weights on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(count)
    return 0.5 * (points + 1), 0.5 * weights
