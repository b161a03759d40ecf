"""The top of a smooth surface whose slopes are known and whose curvatures are not: BFGS inside a box.

Nocedal & Wright (2006), "Numerical Optimization", algorithm 6.1, with the dense inverse curvature of a few dozen
coordinates. scipy's L-BFGS-B asks threaded linear algebra for products of a few dozen numbers, and waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Slopes: TypeAlias = Callable[[Array], tuple[float, Array]]

ENOUGH = 1e-4
"""A step is taken where it gains this share of what its slope promised."""
SHORTEST = 2.0**-30
LONGEST = 2.0
"""No coordinate moves further in a step: all are logits and logarithms."""


def climb(
    surface: Slopes, start: Array, *, low: Array, high: Array, steps: int, flat: float, bend: Array | None = None
) -> tuple[Array, float, Array]:
    """The highest point found, (k,), its value, and the slopes there, 0 where they push against an edge.

    Args:
        surface: coordinates to (value, slopes).
        start: where to begin, (k,).
        low: lower edges, (k,).
        high: upper edges, (k,).
        steps: at most.
        flat: the slope below which a point is the top.
        bend: the inverse of minus the curvatures, where something is known of them, (k, k).

    >>> def hill(theta):
    ...     return -float(theta @ theta), -2 * theta
    >>> climb(hill, np.ones(2), low=np.full(2, -9.0), high=np.full(2, 9.0), steps=50, flat=1e-9)[0].round(6) + 0.0
    array([0., 0.])
    """
    theta = np.clip(start, low, high)
    value, slope = surface(theta)
    for _ in range(steps):
        free = ~(((theta <= low) & (slope < 0)) | ((theta >= high) & (slope > 0)))
        if np.max(np.abs(slope[free]), initial=0.0) < flat:
            break
        way = np.where(free, slope, 0.0) if bend is None else np.where(free, bend @ np.where(free, slope, 0.0), 0.0)
        if not way @ slope > 0:
            bend, way = None, np.where(free, slope, 0.0)
        way *= min(1.0, LONGEST / float(np.max(np.abs(way))))
        there, gained, new_slope = _step(surface, theta, value, slope, way=way, low=low, high=high)
        if there is None:
            if bend is None:
                break
            bend = None
            continue
        moved, turned = there - theta, slope - new_slope
        bend = _updated(bend, moved, turned)
        theta, value, slope = there, gained, new_slope
    free = ~(((theta <= low) & (slope < 0)) | ((theta >= high) & (slope > 0)))
    return theta, value, np.where(free, slope, 0.0)


def _step(
    surface: Slopes, theta: Array, value: float, slope: Array, *, way: Array, low: Array, high: Array
) -> tuple[Array | None, float, Array]:
    """The first of ever shorter steps that gains enough; None where none does."""
    share = 1.0
    while share > SHORTEST:
        there = np.clip(theta + share * way, low, high)
        gained, new_slope = surface(there)
        if gained >= value + ENOUGH * float(slope @ (there - theta)) and gained > value:
            return there, gained, new_slope
        share /= 2.0
    return None, value, slope


def _updated(bend: Array | None, moved: Array, turned: Array) -> Array | None:
    """The inverse curvature after a step; as it was where the surface did not bend downwards along it."""
    along = float(moved @ turned)
    if along <= 1e-12 * float(np.linalg.norm(moved) * np.linalg.norm(turned)):
        return bend
    k = len(moved)
    before = np.eye(k) * (along / float(turned @ turned)) if bend is None else bend
    left = np.eye(k) - np.outer(moved, turned) / along
    return np.asarray(left @ before @ left.T + np.outer(moved, moved) / along)
