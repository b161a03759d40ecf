"""Validators of attrs fields: positive and non-negative numbers, parameters within limits, instances of a type.

Used inline, `field(converter=float, validator=positive)`, because a function that returned a ready field
would hide its converter from type checkers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import Attribute


def positive(_: object, attribute: Attribute[Any], value: float) -> None:
    """Validator of a finite number above zero."""
    if not (value > 0.0 and math.isfinite(value)):
        raise ValueError(f"'{attribute.name}' must be a finite number > 0: {value}")


def not_negative(_: object, attribute: Attribute[Any], value: float) -> None:
    """Validator of a finite number of at least zero."""
    if not (value >= 0.0 and math.isfinite(value)):
        raise ValueError(f"'{attribute.name}' must be a finite number >= 0: {value}")


EFOLDS = 28.0
"""A model's parameters lie between e^-28 and e^28, where its results are accurate to 1e-9."""


def within_efolds(owner: object, attribute: Attribute[Any], value: float) -> None:
    """Validator of a model's parameter: a positive number within e^-28 and e^28.

    >>> from attrs import field, frozen
    >>> @frozen
    ... class Rate:
    ...     alpha: float = field(validator=within_efolds)
    >>> Rate(1e-20)
    Traceback (most recent call last):
    ...
    ValueError: 'alpha' must lie between e^-28 and e^28 (6.9e-13 to 1.4e+12), where numbers are right to 1e-9: 1e-20
    """
    positive(owner, attribute, value)
    if not abs(math.log(value)) <= EFOLDS:
        edges = f"e^-{EFOLDS:.0f} and e^{EFOLDS:.0f} ({math.exp(-EFOLDS):.1e} to {math.exp(EFOLDS):.1e})"
        raise ValueError(f"'{attribute.name}' must lie between {edges}, where numbers are right to 1e-9: {value}")


def instance_of(*kinds: type) -> Callable[[object, Attribute[Any], Any], None]:
    """A validator of instances of `kinds` with a one-sentence message (that of attrs prints the whole field).

    >>> from attrs import field, frozen
    >>> @frozen
    ... class Named:
    ...     name: str = field(validator=instance_of(str))
    >>> Named(3)
    Traceback (most recent call last):
    ...
    ValueError: 'name' must be str, got int: 3
    """

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        if not isinstance(value, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            message = f"'{attribute.name}' must be {wanted}, got {type(value).__name__}: {value!r}"
            raise ValueError(message)  # noqa: TRY004 - as all field checks

    return check
