"""Converters and validators of attrs fields: arrays, names, parameters within limits, instances of a type.

Numbers, whole numbers and texts are validated by the laws of `arguments.py`. A converter does not know the name of its
field, so it leaves unsuitable values unchanged, for the validator to refuse by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
from attrs import Attribute, fields, frozen

from kundkarriar.arguments import Number, WholeNumber, refusal
from kundkarriar.arrays import Array, Mask
from kundkarriar.errors import DataError
from kundkarriar.foreign_objects import array_from

ROUNDING = 1e-6
"""How far the sum of probabilities may lie from 1."""

EFOLDS = 28.0
"""A model's parameters lie between e^-28 and e^28, where its results are accurate to 1e-9."""

SLACK = 1 + 1e-12
"""Libraries differ in the last digit of e^28."""

PARAMETER = Number(
    least=math.exp(-EFOLDS) / SLACK,
    most=math.exp(EFOLDS) * SLACK,
    hint="results are right to 1e-9 between e^-28 and e^28; choose another unit of time or money.",
)
"""The law of a model's parameter."""


def outside(values: Array, *, law: Number) -> Mask:
    """Which values break a law by more than rounding, (n,); missing ones do not.

    >>> from kundkarriar.arguments import COUNT, SHARE
    >>> outside(np.array([1.0 + 1e-12, 1.1, np.nan]), law=SHARE), outside(np.array([2.0, 1.5, np.nan]), law=COUNT)
    (array([False,  True, False]), array([False,  True, False]))
    """
    wrong = (values < law.least - ROUNDING) | (values > law.most + ROUNDING)
    if isinstance(law, WholeNumber):
        wrong |= ~np.isnan(values) & (values != np.floor(values))
    return np.asarray(wrong)


def as_floats(given: Any) -> Any:
    """Converter to an array of floats; what is no array of numbers is left unchanged.

    >>> as_floats([1, 2]), as_floats(["1"]), as_floats([[1], [2, 3]])
    (array([1., 2.]), ['1'], [[1], [2, 3]])
    """
    array = array_from(given)
    return given if array is None or array.dtype.kind not in "biuf" else array.astype(np.float64, copy=False)


def instance_of(kind: type, *, example: str = "") -> Callable[[object, Attribute[Any], Any], None]:
    """A validator of instances of `kind`: text, or a class of `kk`, with an example of how one is written.

    >>> from attrs import field, frozen
    >>> @frozen
    ... class Named:
    ...     name: str = field(validator=instance_of(str))
    >>> Named(3)
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `name` must be a text, got 3.
    <BLANKLINE>
    Hint: write name="...".
    """
    made = f"kk.{kind.__name__}(...)"
    law, example = PLAIN.get(kind, (made, example or made))

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        if not isinstance(value, kind):
            raise refusal(value, attribute.name, law=law, hint=f"write {attribute.name}={example}.")

    return check


PLAIN = {str: ("a text", '"..."'), bool: ("True or False", "True")}
"""How plain types are called in messages, and an example of each."""


def all_instances_of(kind: type) -> Callable[[object, Attribute[Any], Any], None]:
    """A validator: all values are instances of `kind`, a class of `kk`.

    >>> from kundkarriar import StrategyPlanner
    >>> StrategyPlanner(playbook=StrategyPlanner.default().playbook, actions="letter")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `actions` must be kk.Action objects, got 'letter'.
    <BLANKLINE>
    Hint: write actions=[kk.Action(...)].
    """

    def check(_: object, attribute: Attribute[Any], values: Any) -> None:
        for value in values if isinstance(values, tuple) else (values,):
            if not isinstance(value, kind):
                hint = f"write {attribute.name}=[kk.{kind.__name__}(...)]."
                raise refusal(value, attribute.name, law=f"kk.{kind.__name__} objects", hint=hint)

    return check


def names_once_each(_: object, attribute: Attribute[Any], value: tuple[Any, ...] | None) -> None:
    """Validator of names, each once, or None."""
    if value is not None and len(set(value)) < len(value):
        raise refusal(value, attribute.name, law="different names", hint="write each name once.")


@frozen(kw_only=True)
class Shaped:
    """A validator of arrays: their shape in letters, and the range of their values.

    Attributes:
        shape: "K S S" for (K, S, S); a letter has the same size in all fields of an object. "S-1" is one less.
        least, most: the limits of the values, which may be reached.
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
    kundkarriar.errors.DataError: `P` must be rows that sum to 1, got 1.1.
    <BLANKLINE>
    Hint: pass finite numbers of at least 0 with shape (S, S), here (2, 2).
    """

    shape: str
    least: float = -math.inf
    most: float = math.inf
    positive: bool = False
    sums_to_1: bool = False
    missing: bool = False

    def __call__(self, owner: Any, attribute: Attribute[Any], value: Any) -> None:
        """Check one field of `owner`."""
        wanted = self._wanted(owner, value)
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
            raise refusal(value, attribute.name, law="an array of numbers", hint=self._hint(wanted))
        if value.shape != wanted and not (value.shape == (0,) and 0 in wanted):
            raise self._refused(f"an array with {self._shape(wanted)}", value.shape, attribute, wanted)
        known = value[~np.isnan(value)] if self.missing else value
        inside = np.isfinite(known)
        if math.isfinite(self.least):
            inside &= known >= self.least
        if math.isfinite(self.most):
            inside &= known <= self.most
        if self.positive:
            inside &= known > 0
        if not inside.all():
            raise self._refused(self._numbers(), known[~inside].flat[0], attribute, wanted)
        if self.sums_to_1 and (off := np.abs(value.sum(axis=-1) - 1.0) > ROUNDING).any():
            got = f"{value.sum(axis=-1)[off].flat[0]:.6g}"
            raise self._refused("rows that sum to 1", got, attribute, wanted)

    def _numbers(self) -> str:
        limit = " above 0" if self.positive else f" of at least {self.least:g}" if math.isfinite(self.least) else ""
        if math.isfinite(self.most):
            limit = f" from {self.least:,.0f} to {self.most:,.0f}"
        return f"finite numbers{limit}"

    def _shape(self, wanted: tuple[int, ...]) -> str:
        return f"shape ({', '.join(self.shape.split())}), here {wanted}"

    def _hint(self, wanted: tuple[int, ...]) -> str:
        return f"pass {self._numbers()} with {self._shape(wanted)}."

    def _refused(self, law: str, got: object, attribute: Attribute[Any], wanted: tuple[int, ...]) -> DataError:
        return DataError.because(f"`{attribute.name}` must be {law}, got {got}.", hint=self._hint(wanted))

    def _wanted(self, owner: Any, value: Any) -> tuple[int, ...]:
        """The shape in numbers: the first field that has a letter sets its size, or else the value itself."""
        kind: Any = type(owner)
        letters = _letters(kind)
        return _sizes(
            self.shape, tuple(letters.values()), (*(np.shape(getattr(owner, n)) for n in letters), np.shape(value))
        )


@lru_cache(maxsize=4096)
def _sizes(shape: str, letters: tuple[tuple[str, ...], ...], given: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """The shape in numbers, from the `letters` of the fields and the shapes `given` for them, the value's own last."""
    sizes: dict[str, int] = {}
    wanted = tuple(shape.split())
    for named, counts in zip((*letters, wanted), given, strict=True):
        for letter, size in zip(named, counts, strict=False):
            sizes.setdefault(letter, size)
    return tuple(
        int(letter) if letter.isdigit() else sizes.get(letter[0], 0) - letter.endswith("-1") for letter in wanted
    )


@cache
def _letters(kind: Any) -> dict[str, tuple[str, ...]]:
    """The shapes in letters of the arrays of a class, by field: objects are made in every step of an optimisation."""
    shaped = (each for each in fields(kind) if isinstance(each.validator, Shaped))
    return {each.name: tuple(each.validator.shape.split()) for each in shaped}
