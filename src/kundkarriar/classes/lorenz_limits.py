"""Limits of ABC classes computed from the Lorenz curve of the values (Ultsch and Loetsch 2015)."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.numerics.money.lorenz_gini import curve


def abc_limits(*, v: Array) -> tuple[float, float]:
    """The smallest value in A and the smallest in B, from the shape of the curve.

    With p = i / n and Y(p) the share of the sum that the i largest hold:
    the Pareto point is the point of the curve nearest to (0, 1): argmin p^2 + (1 - Y)^2;
    the break-even point is where one more customer has a mean share, dY/dp = 1: the last value >= the mean;
    A ends at the first of the two, and B, from the second at p = b, at argmin (p - b)^2 + (1 - Y)^2.

    Source: Ultsch and Loetsch (2015), PLoS ONE 10(6), e0129767; on the discrete curve, without their spline.

    Args:
        v: positive values, (n,), at least one.
    """
    descending = np.sort(v)[::-1]
    p, Y = curve(v=v)
    p, Y = p[1:], Y[1:]
    pareto = int(np.argmin(p**2 + (1 - Y) ** 2))
    # A mean of equal values may come out a hair above them.
    break_even = int(np.count_nonzero(descending >= descending.mean() * (1 - TIE_TOLERANCE))) - 1
    first, second = sorted((pareto, break_even))
    last = int(np.argmin((p - p[second]) ** 2 + (1 - Y) ** 2))
    return float(descending[first]), float(descending[last])
