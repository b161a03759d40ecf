"""Comparisons of one column: with a limit, with a range, with several values, and the test for missing values."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import Number, Text, refusal, to_float
from kundkarriar.foreign_objects import is_text
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


A_LIMIT = Number(
    hint="compare with a number; for text use .equals(...) or .isin([...]), "
    "for two columns or dates kk.condition(function, needs=[...], text=...)."
)


@frozen
class Limit:
    """A number compared with a limit by >=, >, <= or <.

    >>> str(Limit(">=", 4))
    'at least 4'
    """

    stored_as = "condition"
    sign: str = field(validator=Text(among=ORDER), metadata=written(TEXT, name="is"))
    value: float = field(converter=to_float, validator=A_LIMIT)

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
    low: float = field(converter=to_float, validator=A_LIMIT)
    high: float = field(converter=to_float, validator=A_LIMIT)

    @high.validator
    def _not_below_low(self, _: object, high: float) -> None:
        if high < self.low:
            raise refusal(high, "high", law=f"at least `low`, {self.low:g}", hint="write the lower limit first.")

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


EXACT = 2**53
"""Whole numbers from here on have neighbours that are the same float."""


def _plain(values: Iterable[Any]) -> tuple[Any, ...]:
    """Distinct values as Python types; whole numbers become floats, so that 4 and 4.0 are equal."""
    given = [each.item() if isinstance(each, np.generic) and each.dtype.kind in "biufU" else each for each in values]
    plain = [float(each) if type(each) is int and abs(each) < EXACT else each for each in given]
    if not {type(value) for value in plain} <= {str, float, bool}:
        return tuple(plain)
    return tuple(value for _, value in dict.fromkeys((type(value), value) for value in plain))  # 1 is not True


def _of_one_kind(_: object, attribute: Any, values: tuple[Any, ...]) -> None:
    kinds = {type(value) for value in values}
    if (
        len(kinds) != 1
        or not kinds <= {str, float, bool}
        or not all(map(is_text if str in kinds else math.isfinite, values))
    ):
        raise refusal(
            list(values),
            attribute.name,
            law="texts, truth values, or finite numbers, all of one kind",
            hint="write .isin([1, 2]); whole numbers of 2**53 and more are told apart as text only.",
        )


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
        values = numbers_or_truths(table, column, need=need)
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


KINDS: dict[str, type] = {**dict.fromkeys(ORDER, Limit), "between": Within, "in": OneOf, "missing": Missing}
"""Kinds of comparisons by what stands under "is" in their dicts."""


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison in JSON types: its kind under "is", and its limits or values.

    >>> comparison_to_dict(Within(2, 5))
    {'is': 'between', 'low': 2.0, 'high': 5.0}
    """
    word = next(word for word, kind in KINDS.items() if isinstance(comparison, kind))
    return {"is": word, **part(type(comparison)).write(comparison)}


def comparison_from_dict(data: Mapping[Any, Any]) -> Comparison | None:
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
