"""Where one class ends and the next begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from kundkarriar.numerics.money.equal_amounts import TIE, alike
from kundkarriar.numerics.money.lorenz_gini import abc_limits, shares_from_the_top

if TYPE_CHECKING:
    from attrs import Attribute
    from numpy.typing import NDArray

Limits: TypeAlias = tuple[float, ...] | str
COMPUTED = "computed"
CLASSES = ("A", "B", "C", "D")


def as_limits(given: Any) -> Limits:
    """Two shares as floats, or "computed".

    Raises:
        ValueError: neither.
    """
    if isinstance(given, str) and given == COMPUTED:
        return COMPUTED
    try:
        return tuple(float(limit) for limit in given)
    except (TypeError, ValueError):
        raise ValueError(f"'limits' must be two shares, like (0.8, 0.95), or \"computed\": {given!r}") from None


def increasing_shares(_: object, attribute: Attribute[Any], value: Limits) -> None:
    """Refuse limits that are not two shares, the second above the first."""
    if value == COMPUTED:
        return
    if isinstance(value, str) or not (len(value) == 2 and 0.0 < value[0] < value[1] <= 1.0):
        raise ValueError(f"'{attribute.name}' must be two shares, 0 < first < second <= 1: {value}")


def classify(values: NDArray[np.float64], limits: Limits) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Class and cumulative share of each value.

    A customer belongs to the class in which the share held by *more valuable* customers ends: whoever stands
    first is always A, even with three quarters of everything. Equal values share a class, and so do ties (`TIE`). A
    share that rounding puts a hair below a limit has reached it: customers of .8, .15 and .05 are A, B, C.

    Args:
        values: (n,); NaN for whoever has none.
        limits: the shares at which A and B end, or "computed".

    Returns:
        Class (its position in `CLASSES`, -1 where the value is missing) and cumulative share (0 to 1; NaN where the
        value is missing or nobody's is positive), each (n,).
    """
    values = alike(values)
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
    """How many of the two limits lie above each positive value, (n,): 0 in A, 1 in B, 2 in C."""
    if isinstance(limits, str):
        beyond = v[:, None] < np.array(abc_limits(v=v))
    else:
        beyond = before[:, None] >= np.array(limits) * (1 - TIE)
    return np.asarray(beyond.sum(axis=1))
