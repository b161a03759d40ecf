"""Where one class ends and the next begins, as shares of the value and as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import CapabilityError
from kundkarriar.numerics.concentration import shares_from_the_top

if TYPE_CHECKING:
    from attrs import Attribute
    from numpy.typing import NDArray

CLASSES = ("A", "B", "C", "D")
# A share that rounding puts a hair below a limit has reached it: customers of .8, .15 and .05 are A, B, C.
ROUNDING = 1e-9


def as_limits(given: Any) -> tuple[float, ...]:
    """Two shares as floats.

    Raises:
        CapabilityError: `"computed"`, which does not exist yet.
        ValueError: neither that nor numbers.
    """
    if given == "computed":
        raise CapabilityError.because(
            'ABCClassifier cannot compute its limits yet, got limits="computed".',
            hint="give the two shares: limits=(0.8, 0.95).",
        )
    if isinstance(given, str):
        raise ValueError(f"'limits' must be two shares, like (0.8, 0.95): {given!r}")  # noqa: TRY004 - a field check
    try:
        return tuple(float(limit) for limit in given)
    except TypeError:
        raise ValueError(f"'limits' must be two shares, like (0.8, 0.95): {given!r}") from None


def increasing_shares(_: object, attribute: Attribute[Any], value: tuple[float, ...]) -> None:
    """Refuse limits that are not two shares, the second above the first."""
    if not (len(value) == 2 and 0.0 < value[0] < value[1] <= 1.0):
        raise ValueError(f"'{attribute.name}' must be two shares, 0 < first < second <= 1: {value}")


def classify(values: NDArray[np.float64], limits: tuple[float, ...]) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Class and cumulative share of each value.

    A customer belongs to the class in which the share held by *more valuable* customers ends: whoever stands
    first is always A, even with three quarters of everything. Equal values share a class.

    Args:
        values: (n,); NaN for whoever has none.
        limits: where A and B end.

    Returns:
        Class ("A" to "D", None where the value is missing) and cumulative share (0 to 1; NaN where the value
        is missing or nobody's is positive), each (n,).
    """
    grade = np.full(len(values), None, dtype=object)
    share = np.full(len(values), np.nan)
    known = np.isfinite(values)
    positive = values > 0
    grade[known & ~positive] = "D"
    if positive.any():
        before, share[known] = shares_from_the_top(v=values[known])
        reached = before[positive[known], None] >= np.array(limits) * (1 - ROUNDING)
        grade[positive] = np.array(CLASSES, dtype=object)[reached.sum(axis=1)]
    return grade, share
