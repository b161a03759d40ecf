"""Fields of fitted movements: tuples of objects, rows of numbers, and fields that must agree with one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from attrs import Attribute, frozen

from kundkarriar.arguments import Number, refusal
from kundkarriar.errors import DataError
from kundkarriar.fields import ROUNDING, Shaped

BY_FIT = "fit(careers) makes it, and what its to_dict() wrote reads back."

Validator: TypeAlias = "Callable[[object, Attribute[Any], Any], None]"


def as_tuple(given: Any) -> Any:
    """Converter of a list to a tuple; other values are left unchanged."""
    return tuple(given) if isinstance(given, list) else given


def several(kind: type, law: str) -> Validator:
    """A validator of a tuple of objects of a class, at least one."""

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        if not (isinstance(value, tuple) and value and all(isinstance(each, kind) for each in value)):
            raise refusal(value, attribute.name, law=law, hint=BY_FIT)

    return check


def rows_of(*laws: Number) -> Validator:
    """A validator of a tuple of rows, with a law for each number of a row."""

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        valid = isinstance(value, tuple) and all(
            isinstance(row, tuple) and len(row) == len(laws) and all(map(Number.holds, laws, row)) for row in value
        )
        if not valid:
            law = f"rows of {', '.join(each.law for each in laws)}"
            raise refusal(value, attribute.name, law=law, hint=BY_FIT)

    return check


@frozen(kw_only=True)
class Covariance(Shaped):
    """A validator of covariance matrices, (k, k): symmetric and positive semidefinite, up to rounding."""

    shape: str = "k k"

    def __call__(self, owner: Any, attribute: Attribute[Any], value: Any) -> None:
        """Check one field of `owner`."""
        Shaped.__call__(self, owner, attribute, value)
        slack = ROUNDING * np.abs(value).max(initial=0.0)
        if not np.allclose(value, value.T, rtol=0.0, atol=slack):
            raise refusal(value.tolist(), attribute.name, law="symmetric", hint=BY_FIT)
        if value.size and np.linalg.eigvalsh(value).min() < -slack:
            raise refusal(value.tolist(), attribute.name, law="positive semidefinite", hint=BY_FIT)


def refuse_disagreement(*fields: tuple[str, str, Any, Any]) -> None:
    """Refuse a field that contradicts the spec or the fields before it.

    Args:
        fields: of each field its name, what is compared, the field's own, and what the others have.

    Raises:
        DataError: the first that differs.

    >>> refuse_disagreement(("names", "states", 2, 2), ("visits", "states", 3, 2))
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `visits` must agree with the spec and the fields before it: states 2, got 3.
    <BLANKLINE>
    Hint: fit(careers) makes it, and what its to_dict() wrote reads back.
    """
    for name, what, own, others in fields:
        if own != others:
            law = f"`{name}` must agree with the spec and the fields before it: {what} {others}, got {own}."
            raise DataError.because(law, hint=BY_FIT)
