"""The limits between ABC classes, two shares or computed from the values, and the class of each value."""

from typing import Any, TypeAlias

import numpy as np

from kundkarriar.arguments import is_number, read_many, refusal
from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE, merge_ties
from kundkarriar.numerics.money.lorenz_gini import curve, shares_from_the_top

Limits: TypeAlias = tuple[float, ...] | str
COMPUTED = "computed"
CLASSES = ("A", "B", "C", "D")
LIMITS = 'two shares with 0 < first < second <= 1, or "computed"'
LIMITS_HINT = "write limits=(0.8, 0.95)."


def read_limits(given: Any) -> Limits:
    """Converter of limits: two shares that increase, or "computed"."""
    if isinstance(given, str) and given == COMPUTED:
        return COMPUTED
    shares = read_many(given, "limits", law=LIMITS, hint=LIMITS_HINT)
    if not (len(shares) == 2 and all(map(is_number, shares)) and 0 < shares[0] < shares[1] <= 1):
        raise refusal(given, "limits", law=LIMITS, hint=LIMITS_HINT)
    return tuple(map(float, shares))


def class_of_value(values: Array, limits: Limits) -> tuple[Whole, Array]:
    """Class and cumulative share of each value.

    The class depends on the cumulative share of all *more valuable* customers, so the most valuable customer is always
    A. Equal values and ties (`TIE_TOLERANCE`) have the same class. A share below a limit only by rounding has reached
    it: customers with .8, .15 and .05 are A, B, C.

    Returns:
        Class (position in `CLASSES`, -1 for a missing value, NaN) and cumulative share (0 to 1; NaN for a missing
        value, or if no value is positive), each (n,).
    """
    values = merge_ties(values)
    abc, share = np.full(len(values), -1), np.full(len(values), np.nan)
    known, positive = np.isfinite(values), values > 0
    abc[known & ~positive] = CLASSES.index("D")
    if positive.any():
        before, share[known] = shares_from_the_top(v=values[known])
        if isinstance(limits, str):
            passed = values[positive, None] < np.array(computed_limits(v=values[positive]))
        else:
            passed = before[positive[known], None] >= np.array(limits) * (1 - TIE_TOLERANCE)
        abc[positive] = passed.sum(axis=1)  # 0 in A, 1 in B, 2 in C
    return abc, share


def computed_limits(*, v: Array) -> tuple[float, float]:
    """The smallest value in A and the smallest in B, from the shape of the Lorenz curve of positive values, (n,).

    With p = i / n and Y(p) the share of the sum that the i largest hold:
    the Pareto point is the point of the curve nearest to (0, 1): argmin p^2 + (1 - Y)^2;
    the break-even point is where one more customer has a mean share, dY/dp = 1: the last value >= the mean;
    A ends at the first of the two, and B, from the second at p = b, at argmin (p - b)^2 + (1 - Y)^2.

    Source: Ultsch and Loetsch (2015), PLoS ONE 10(6), e0129767; on the discrete curve, without their spline.
    """
    descending = np.sort(v)[::-1]
    p, Y = (axis[1:] for axis in curve(v=v))
    pareto = int(np.argmin(p**2 + (1 - Y) ** 2))
    # A mean of equal values may come out a hair above them.
    break_even = int(np.count_nonzero(descending >= descending.mean() * (1 - TIE_TOLERANCE))) - 1
    first, second = sorted((pareto, break_even))
    last = int(np.argmin((p - p[second]) ** 2 + (1 - Y) ** 2))
    return float(descending[first]), float(descending[last])
