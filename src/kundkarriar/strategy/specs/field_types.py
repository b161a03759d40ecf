"""What kind of value a field of a spec takes: converters that change only what they understand, and their checks.

A converter does not know the name of its field, so it leaves what it does not understand as it is, for the
validator to refuse by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from attrs import Attribute


def to_float(value: Any) -> Any:
    """A number as a float; anything else, text and truth values too, as it is.

    >>> to_float(4), to_float("4"), to_float(None)
    (4.0, '4', None)
    """
    return float(value) if is_number(value) else value


def is_number(value: object) -> bool:
    """A real number, and not a truth value.

    >>> is_number(1.5), is_number(np.int64(2)), is_number("2"), is_number(True)
    (True, True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def number(_: object, attribute: Attribute[Any], value: object) -> None:
    """Refuse what is not a number."""
    if not is_number(value):
        raise ValueError(f"'{attribute.name}' must be a number: {value!r}")


def several(given: Any) -> tuple[Any, ...]:
    """Several things, whatever they came in; one alone is a tuple of one.

    >>> several(["a", "b"]), several("ab"), several(3)
    (('a', 'b'), ('ab',), (3,))
    """
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str | Mapping) else (given,)


def all_of(kind: type) -> Any:
    """A validator: every one of several values is a `kind` of the library.

    >>> from kundkarriar import StrategyPlanner
    >>> StrategyPlanner(playbook=StrategyPlanner.default().playbook, actions="letter")
    Traceback (most recent call last):
    ...
    ValueError: 'actions' must be kk.Action objects: 'letter'
    """

    def check(_: object, attribute: Attribute[Any], values: tuple[object, ...]) -> None:
        for value in values:
            if not isinstance(value, kind):
                raise ValueError(f"'{attribute.name}' must be kk.{kind.__name__} objects: {value!r}")  # noqa: TRY004

    return check
