"""Converters and validators for the fields of specs: numbers and tuples.

A converter does not know the name of its field, so it leaves unsuitable values unchanged, for the validator to refuse
by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np
from attrs import Attribute


def to_float(value: Any) -> Any:
    """A number as a float; other values, including text and booleans, unchanged.

    >>> to_float(4), to_float("4"), to_float(None)
    (4.0, '4', None)
    """
    return float(value) if is_number(value) else value


def is_number(value: object) -> bool:
    """Whether the value is a real number and not a boolean.

    >>> is_number(1.5), is_number(np.int64(2)), is_number("2"), is_number(True)
    (True, True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def numeric(_: object, attribute: Attribute[Any], value: object) -> None:
    """A validator: the value is a number."""
    if not is_number(value):
        raise ValueError(f"'{attribute.name}' must be a number: {value!r}")


def as_tuple(given: Any) -> tuple[Any, ...]:
    """An iterable as a tuple; a single value, text or mapping as a tuple of one.

    >>> as_tuple(["a", "b"]), as_tuple("ab"), as_tuple(3)
    (('a', 'b'), ('ab',), (3,))
    """
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str | Mapping) else (given,)
