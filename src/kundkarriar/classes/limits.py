"""The limits between ABC classes, and the class and cumulative share of each value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from kundkarriar.numerics.money.abc_limits import abc_limits
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE, merge_ties
from kundkarriar.numerics.money.lorenz_gini import shares_from_the_top

if TYPE_CHECKING:
    from attrs import Attribute
    from numpy.typing import NDArray

Limits: TypeAlias = tuple[float, ...] | str
COMPUTED = "computed"
CLASSES = ("A", "B", "C", "D")


def as_limits(given: Any) -> Limits:
    """Convert the limits to two floats, or "computed".

    Raises:
        ValueError: they are neither.
    """
    if isinstance(given, str) and given == COMPUTED:
        return COMPUTED
    try:
        return tuple(float(limit) for limit in given)
    except (TypeError, ValueError):
        raise ValueError(f"'limits' must be two shares, like (0.8, 0.95), or \"computed\": {given!r}") from None


def increasing_shares(_: object, attribute: Attribute[Any], value: Limits) -> None:
    """Attrs validator: two increasing shares, or "computed"."""
    if value == COMPUTED:
        return
    if isinstance(value, str) or not (len(value) == 2 and 0.0 < value[0] < value[1] <= 1.0):
        raise ValueError(f"'{attribute.name}' must be two shares, 0 < first < second <= 1: {value}")


def classify(values: NDArray[np.float64], limits: Limits) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
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
    grade = np.full(len(values), -1)
    share = np.full(len(values), np.nan)
    known = np.isfinite(values)
    positive = values > 0
    grade[known & ~positive] = CLASSES.index("D")
    if positive.any():
        before, share[known] = shares_from_the_top(v=values[known])
        passed = _limits_passed(values[positive], before[positive[known]], limits)
        grade[positive] = passed
    return grade, share


def _limits_passed(v: NDArray[np.float64], before: NDArray[np.float64], limits: Limits) -> NDArray[np.int64]:
    """Number of the two limits that each positive value has passed, (n,): 0 in A, 1 in B, 2 in C."""
    if isinstance(limits, str):
        beyond = v[:, None] < np.array(abc_limits(v=v))
    else:
        beyond = before[:, None] >= np.array(limits) * (1 - TIE_TOLERANCE)
    return np.asarray(beyond.sum(axis=1))
