"""Converters and validators of attrs fields: numbers, names, parameters within limits, instances of a type, arrays.

Used inline, `field(converter=float, validator=positive)`, because a function that returned a ready field
would hide its converter from type checkers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import Attribute, fields, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array

ROUNDING = 1e-6
"""How far the sum of probabilities may lie from 1."""


def as_floats(given: Any) -> Array:
    """Converter to an array of floats."""
    return np.asarray(given, dtype=np.float64)


def as_numbers(given: Any) -> tuple[float, ...]:
    """Converter to a tuple of floats."""
    return tuple(float(value) for value in given)


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


def all_instances_of(kind: type) -> Callable[[object, Attribute[Any], Any], None]:
    """A validator: all values are instances of `kind`, a public class.

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


def share(_: object, attribute: Attribute[Any], value: float) -> None:
    """Validator of a number from 0 to 1."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"'{attribute.name}' must be a share from 0 to 1: {value}")


def is_whole(value: object) -> bool:
    """Whether the value is a whole number and not a truth value."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def whole_from(least: int) -> Callable[[object, Attribute[Any], Any], None]:
    """A validator of whole numbers of at least `least`."""

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        if not is_whole(value) or value < least:
            raise ValueError(f"'{attribute.name}' must be a whole number of at least {least}: {value!r}")

    return check


def names_once_each(_: object, attribute: Attribute[Any], value: tuple[str, ...] | None) -> None:
    """Validator of names, each once, or None."""
    if value is not None and len(set(value)) < len(value):
        raise ValueError(f"'{attribute.name}' must be different names: {value}")


@frozen(kw_only=True)
class Shaped:
    """A validator of arrays: their shape in letters, and the range of their values.

    Attributes:
        shape: "K S S" for (K, S, S); a letter has the same size in all fields of an object. "S-1" is one less.
        least: the least value.
        positive: whether values must be above 0.
        sums_to_1: whether rows are probabilities.
        missing: whether NaN is accepted, as a missing value.

    >>> from attrs import field
    >>> @frozen(kw_only=True)
    ... class Chain:
    ...     P: Any = field(validator=Shaped(shape="S S", least=0, sums_to_1=True))
    >>> Chain(P=np.array([[0.5, 0.5], [0.9, 0.2]]))
    Traceback (most recent call last):
    ...
    ValueError: rows of 'P' must sum to 1: 1.1
    """

    shape: str
    least: float = -math.inf
    positive: bool = False
    sums_to_1: bool = False
    missing: bool = False

    def __call__(self, owner: Any, attribute: Attribute[Any], value: NDArray[Any]) -> None:
        """Check one field of `owner`."""
        wanted = self._wanted(owner)
        if value.shape != wanted and not (value.shape == (0,) and 0 in wanted):  # an empty list is stored as []
            letters = ", ".join(self.shape.split())
            raise ValueError(f"'{attribute.name}' must have shape ({letters}), here {wanted}: {value.shape}")
        known = value[~np.isnan(value)] if self.missing else value
        if not np.isfinite(known).all() or (known < self.least).any():
            above = "" if self.least == -math.inf else f" of at least {self.least:g}"
            raise ValueError(f"'{attribute.name}' must hold finite numbers{above}")
        if self.positive and not (known > 0).all():
            raise ValueError(f"'{attribute.name}' must hold numbers above 0")
        if self.sums_to_1 and (off := np.abs(value.sum(axis=-1) - 1.0) > ROUNDING).any():
            raise ValueError(f"rows of '{attribute.name}' must sum to 1: {value.sum(axis=-1)[off].flat[0]:.6g}")

    def _wanted(self, owner: Any) -> tuple[int, ...]:
        """The shape in numbers: the first field that has a letter sets its size."""
        sizes: dict[str, int] = {}
        for each in fields(type(owner)):
            if isinstance(law := each.validator, Shaped):
                for letter, size in zip(law.shape.split(), getattr(owner, each.name).shape, strict=False):
                    sizes.setdefault(letter, size)
        return tuple(
            int(letter) if letter.isdigit() else sizes.get(letter[0], 0) - letter.endswith("-1")
            for letter in self.shape.split()
        )
