"""The ABC class of each value, and its cumulative share."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.classes.limits import CLASSES, Limits
from kundkarriar.classes.lorenz_limits import abc_limits
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE, merge_ties
from kundkarriar.numerics.money.lorenz_gini import shares_from_the_top


def classify(values: Array, limits: Limits) -> tuple[Whole, Array]:
    """Class and cumulative share of each value.

    The class depends on the cumulative share of all *more valuable* customers, so the most valuable customer is always
    A. Equal values and ties (`TIE_TOLERANCE`) have the same class. A share below a limit only by rounding has reached
    it: customers with .8, .15 and .05 are A, B, C.

    Args:
        values: (n,); NaN for missing values.
        limits: the shares at which A and B end, or "computed".

    Returns:
        Class (position in `CLASSES`, -1 for a missing value) and cumulative share (0 to 1; NaN for a missing value, or
        if no value is positive), each (n,).
    """
    values = merge_ties(values)
    abc = np.full(len(values), -1)
    share = np.full(len(values), np.nan)
    known = np.isfinite(values)
    positive = values > 0
    abc[known & ~positive] = CLASSES.index("D")
    if positive.any():
        before, share[known] = shares_from_the_top(v=values[known])
        passed = _limits_passed(values[positive], before[positive[known]], limits)
        abc[positive] = passed
    return abc, share


def _limits_passed(v: Array, before: Array, limits: Limits) -> Whole:
    """Number of the two limits that each positive value has passed, (n,): 0 in A, 1 in B, 2 in C."""
    if isinstance(limits, str):
        beyond = v[:, None] < np.array(abc_limits(v=v))
    else:
        beyond = before[:, None] >= np.array(limits) * (1 - TIE_TOLERANCE)
    return np.asarray(beyond.sum(axis=1))
