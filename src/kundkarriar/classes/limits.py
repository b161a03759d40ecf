"""The limits between ABC classes, as a user gives them: two shares, or "computed"."""

from __future__ import annotations

from typing import Any, TypeAlias

from attrs import Attribute

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
