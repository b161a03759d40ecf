"""Comparisons of one column: with a limit, with a range, with several values, and the test for missing values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np
from attrs import field, frozen
from attrs.validators import in_

from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, numbers
from kundkarriar.rules.judgement import Judgement
from kundkarriar.rules.values import Value, as_words, numbers_or_truths, text_among, where_missing
from kundkarriar.stored import forms_of, part
from kundkarriar.stored_forms import TEXT, written

ORDER = {
    ">=": (np.greater_equal, "at least"),
    ">": (np.greater, "more than"),
    "<=": (np.less_equal, "at most"),
    "<": (np.less, "less than"),
}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise DataError.because(
            f"a limit is a number, got {value!r}.",
            hint="compare with a number; for text use .equals(...) or .isin([...]), "
            "for two columns or dates kk.condition(function, needs=[...], text=...).",
        )
    return float(value)


def _finite(_: object, attribute: Any, value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"'{attribute.name}' must be a finite number: {value}")


@frozen
class Limit:
    """A number compared with a limit by >=, >, <= or <.

    >>> str(Limit(">=", 4))
    'at least 4'
    """

    stored_as = "condition"
    sign: str = field(validator=in_(ORDER), metadata=written(TEXT, name="is"))
    value: float = field(converter=_number, validator=_finite)

    @property
    def limits(self) -> tuple[float, ...]:
        """The numbers at which the answer changes."""
        return (self.value,)

    def judge(self, table: NarrowFrame, column: str, *, need: str) -> Judgement:
        """Holds where the comparison with the limit is true."""
        values = numbers(table, column, need=need, nullable=True)
        return Judgement.where_known(ORDER[self.sign][0](values, self.value), ~np.isnan(values))

    def __str__(self) -> str:
        return f"{ORDER[self.sign][1]} {as_words(self.value)}"


@frozen
class Within:
    """A number within two limits, both included.

    >>> str(Within(2, 5))
    'between 2 and 5'
    """

    stored_as = "condition"
    low: float = field(converter=_number, validator=_finite)
    high: float = field(converter=_number, validator=_finite)

    @high.validator
    def _not_below_low(self, _: object, high: float) -> None:
        if high < self.low:
            raise ValueError(f"'low' must not exceed 'high': {self.low:g} > {high:g}")

    @property
    def limits(self) -> tuple[float, ...]:
        """The numbers at which the answer changes."""
        return (self.low, self.high)

    def judge(self, table: NarrowFrame, column: str, *, need: str) -> Judgement:
        """Holds where the value lies within the limits."""
        values = numbers(table, column, need=need, nullable=True)
        return Judgement.where_known((values >= self.low) & (values <= self.high), ~np.isnan(values))

    def __str__(self) -> str:
        return f"between {as_words(self.low)} and {as_words(self.high)}"


def _plain(values: Iterable[Any]) -> tuple[Value, ...]:
    """Distinct values as Python types; whole numbers become floats, so that 4 and 4.0 are equal."""
    unwrapped = (value.item() if isinstance(value, np.generic) else value for value in values)
    return tuple(dict.fromkeys(float(value) if type(value) is int else value for value in unwrapped))


def _of_one_kind(_: object, attribute: Any, values: tuple[Value, ...]) -> None:
    kinds = {type(value) for value in values}
    numeric = [value for value in values if isinstance(value, float)]
    if len(kinds) != 1 or not kinds <= {str, float, bool} or not all(map(math.isfinite, numeric)):
        raise ValueError(f"'{attribute.name}' must all be texts, finite numbers or truth values: {list(values)}")


@frozen
class OneOf:
    """One of several texts, numbers or truth values.

    >>> str(OneOf(["A", "B", "C"]))
    'A, B or C'
    """

    stored_as = "condition"
    values: tuple[Value, ...] = field(converter=_plain, validator=_of_one_kind)

    @property
    def limits(self) -> tuple[float, ...]:
        """The numbers at which the answer changes."""
        return tuple(value for value in self.values if isinstance(value, float))

    def judge(self, table: NarrowFrame, column: str, *, need: str) -> Judgement:
        """Holds where the column has one of the values."""
        known = ~where_missing(table, column, need=need)
        if not known.any():
            return Judgement(holds=known, fails=known)
        if isinstance(self.values[0], str):
            return Judgement.where_known(text_among(table, column, self.values, known=known, need=need), known)
        values = numbers_or_truths(table, column, known=known, need=need)
        return Judgement.where_known(np.isin(values, list(self.values)), known)

    def __str__(self) -> str:
        *some, last = map(as_words, self.values)
        return f"{', '.join(some)} or {last}" if some else last


@frozen
class Missing:
    """Null or NaN: the only comparison whose answer is never unknown.

    >>> str(Missing())
    'missing'
    """

    @property
    def limits(self) -> tuple[()]:
        """None: no number changes the answer."""
        return ()

    def judge(self, table: NarrowFrame, column: str, *, need: str) -> Judgement:
        """Holds where there is no value, fails where there is one."""
        missing = where_missing(table, column, need=need)
        return Judgement(holds=missing, fails=~missing)

    def __str__(self) -> str:
        return "missing"


Comparison: TypeAlias = Limit | Within | OneOf | Missing


class ComparedColumn(Protocol):
    """A column and the comparison that a condition makes of it."""

    @property
    def column(self) -> str:
        """The column's name."""
        ...

    @property
    def comparison(self) -> Comparison:
        """The comparison."""
        ...


KINDS: dict[str, type] = {**dict.fromkeys(ORDER, Limit), "between": Within, "in": OneOf, "missing": Missing}
"""Kinds of comparisons by what stands under "is" in their dicts."""


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison in JSON types: its kind under "is", and its limits or values.

    >>> comparison_to_dict(Within(2, 5))
    {'is': 'between', 'low': 2.0, 'high': 5.0}
    """
    word = next(word for word, kind in KINDS.items() if isinstance(comparison, kind))
    return {"is": word, **part(type(comparison)).write(comparison)}


def comparison_from_dict(data: Mapping[str, Any]) -> Comparison | None:
    """The comparison that `comparison_to_dict` wrote; None where `data` is not one.

    Raises:
        Misfit: a limit or value that no comparison has.

    >>> comparison_from_dict({"is": "between", "low": 2, "high": 5})
    Within(low=2.0, high=5.0)
    """
    given, word = dict(data), data.get("is")
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is not Limit:
        given.pop("is", None)
    if kind is None or given.keys() != forms_of(kind).keys():
        return None
    comparison: Comparison = part(kind).read(given)
    return comparison
