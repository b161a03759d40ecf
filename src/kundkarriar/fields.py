"""Validators that several specs share: each states one law of a number.

Used inline, `field(converter=float, validator=positive)`, because a function that returned a ready field
would hide its converter from type checkers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attrs import Attribute


def positive(_: object, attribute: Attribute[Any], value: float) -> None:
    """Refuse what is not a finite number above zero."""
    if not (value > 0.0 and math.isfinite(value)):
        raise ValueError(f"'{attribute.name}' must be a finite number > 0: {value}")


def not_negative(_: object, attribute: Attribute[Any], value: float) -> None:
    """Refuse what is not a finite number of at least zero."""
    if not (value >= 0.0 and math.isfinite(value)):
        raise ValueError(f"'{attribute.name}' must be a finite number >= 0: {value}")


def share(_: object, attribute: Attribute[Any], value: float) -> None:
    """Refuse what is not a share, 0 to 1."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"'{attribute.name}' must lie between 0 and 1: {value}")
