"""Minimum of a convex, piecewise linear function in a box, by cutting planes (Kelley 1960)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import ConvergenceError

CUTS = 80
GAP_TOLERANCE = 1e-8


class Cut(NamedTuple):
    """The function at a point, and a slope of it there, (R,)."""

    value: float
    slope: Array
    at: Array


def cutting_planes(function: Callable[[Array], Cut], *, low: Array, high: Array, start: Array) -> Array:
    """The lowest point found from `low` to `high`, (R,): within `GAP_TOLERANCE` of the minimum, or after `CUTS` cuts.

    >>> def distance(at: Array) -> Cut:
    ...     return Cut(float(np.abs(at - 1).sum()), np.where(at > 1, 1.0, -1.0), at)
    >>> cutting_planes(distance, low=np.zeros(2), high=np.full(2, 4.0), start=np.zeros(2)).tolist()
    [1.0, 1.0]
    """
    cuts = [function(start)]
    found = cuts[0]
    for _ in range(CUTS):
        at, least = _lowest_of_cuts(cuts, low, high)
        if found.value - least <= GAP_TOLERANCE * abs(found.value):
            break
        cuts.append(function(at))
        found = min(found, cuts[-1], key=lambda cut: cut.value)
    return found.at


def _lowest_of_cuts(cuts: list[Cut], low: Array, high: Array) -> tuple[Array, float]:
    """Where the largest cut is smallest, and how large it is there: a linear programme in R + 1 variables."""
    from scipy.optimize import linprog  # noqa: PLC0415  # loaded on first use: importing the package stays cheap

    width = np.where(high > low, high - low, 1.0)
    slopes = np.array([cut.slope for cut in cuts]) * width
    lowest = min(cut.value for cut in cuts)
    offset = np.array([cut.value - lowest + cut.slope @ (low - cut.at) for cut in cuts])
    unit = max(float(np.abs(slopes).max()), 1e-300)
    answer = linprog(
        [*np.zeros(len(width)), 1.0],
        A_ub=np.column_stack([slopes / unit, np.full(len(cuts), -1.0)]),
        b_ub=-offset / unit,
        bounds=[*zip(np.zeros(len(width)), (high - low) / width, strict=True), (None, None)],
        method="highs",
    )
    if answer.x is None:
        raise ConvergenceError.because(
            f"the shadow prices of the constraints were not found ({answer.message}).",
            hint="look for extreme values (1e12 and above) among the customers' values, costs and budgets.",
        )
    return np.clip(low + answer.x[:-1] * width, low, high), lowest + float(answer.x[-1]) * unit
