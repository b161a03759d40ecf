"""What can be asked of one column: a side of a limit, a range, one of several values, or being missing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen
from attrs.validators import in_

from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, add_columns, narrow, numbers, require, rows_where

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

ORDER = {
    ">=": (np.greater_equal, "at least"),
    ">": (np.greater, "more than"),
    "<=": (np.less_equal, "at most"),
    "<": (np.less, "less than"),
}
Value: TypeAlias = str | float | bool


class Judgement(NamedTuple):
    """For each row: does it hold, does it fail; where neither, it is unknown. Two masks, (n,)."""

    holds: NDArray[np.bool_]
    fails: NDArray[np.bool_]

    @classmethod
    def where_known(cls, truth: NDArray[np.bool_], known: NDArray[np.bool_]) -> Judgement:
        """The pair from one truth value per row, which counts only where it is known."""
        return cls(holds=truth & known, fails=~truth & known)

    @classmethod
    def of_answers(cls, answers: Any, *, known: NDArray[np.bool_], need: str) -> Judgement:
        """A user's own answers, one truth value (or nothing) per row; anything else is refused."""
        values = list(answers.to_list() if hasattr(answers, "to_list") else np.ravel(answers).tolist())
        empty = np.array([is_missing(value) for value in values], dtype=bool)
        kinds = {type(value).__name__ for value, no in zip(values, empty, strict=True) if not no}
        if len(values) != len(known) or not kinds <= {"bool", "bool_"}:
            raise DataError.because(
                f"{need} must answer with {len(known)} truth values, one per row, "
                f"got {len(values)} of {', '.join(sorted(kinds)) or 'nothing'}.",
                hint="return a comparison of columns: lambda frame: frame['city'] == 'Örebro'.",
            )
        truth = np.array([not no and bool(value) for value, no in zip(values, empty, strict=True)], dtype=bool)
        return cls.where_known(truth, known & ~empty)


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
    """A number on one side of a limit.

    >>> str(Limit(">=", 4))
    'at least 4'
    """

    sign: str = field(validator=in_(ORDER))
    value: float = field(converter=_number, validator=_finite)

    @property
    def limits(self) -> tuple[float, ...]:
        """The numbers at which the answer changes."""
        return (self.value,)

    def judge(self, table: NarrowFrame, column: str, *, need: str) -> Judgement:
        """Holds where the value stands on that side."""
        values = numbers(table, column, need=need, nullable=True)
        return Judgement.where_known(ORDER[self.sign][0](values, self.value), ~np.isnan(values))

    def to_dict(self) -> dict[str, Any]:
        """The sign and the limit."""
        return {"is": self.sign, "value": self.value}

    def __str__(self) -> str:
        return f"{ORDER[self.sign][1]} {as_words(self.value)}"


@frozen
class Within:
    """A number within two limits, both included.

    >>> str(Within(2, 5))
    'between 2 and 5'
    """

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

    def to_dict(self) -> dict[str, Any]:
        """Both limits."""
        return {"is": "between", "low": self.low, "high": self.high}

    def __str__(self) -> str:
        return f"between {as_words(self.low)} and {as_words(self.high)}"


def _plain(values: Iterable[Any]) -> tuple[Value, ...]:
    """Values of Python's own types, each once; whole numbers as floats, so that 4 and 4.0 are the same."""
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

    values: tuple[Value, ...] = field(converter=_plain, validator=_of_one_kind)

    @property
    def limits(self) -> tuple[float, ...]:
        """The numbers at which the answer changes."""
        return tuple(value for value in self.values if isinstance(value, float))

    def judge(self, table: NarrowFrame, column: str, *, need: str) -> Judgement:
        """Holds where the value is among them."""
        known = ~missing(table, column, need=need)
        if not known.any():
            return Judgement(holds=known, fails=known)
        if isinstance(self.values[0], str):
            return Judgement.where_known(_is_text_among(table, column, self.values, known=known, need=need), known)
        values = _as_numbers(_with_one_missing(table, column, known), column, need=need)
        return Judgement.where_known(np.isin(values, list(self.values)), known)

    def to_dict(self) -> dict[str, Any]:
        """The values."""
        return {"is": "in", "values": list(self.values)}

    def __str__(self) -> str:
        *some, last = map(as_words, self.values)
        return f"{', '.join(some)} or {last}" if some else last


@frozen
class Missing:
    """Null or NaN: the one question that always has an answer.

    >>> str(Missing())
    'missing'
    """

    @property
    def limits(self) -> tuple[()]:
        """None: no number changes the answer."""
        return ()

    def judge(self, table: NarrowFrame, column: str, *, need: str) -> Judgement:
        """Holds where there is no value, fails where there is one."""
        gone = missing(table, column, need=need)
        return Judgement(holds=gone, fails=~gone)

    def to_dict(self) -> dict[str, Any]:
        """Nothing but the question."""
        return {"is": "missing"}

    def __str__(self) -> str:
        return "missing"


Test: TypeAlias = Limit | Within | OneOf | Missing


def asked_from_dict(data: Mapping[str, Any]) -> Test | None:
    """The test that `to_dict` wrote; None where it is not one.

    >>> asked_from_dict({"is": "between", "low": 2, "high": 5})
    Within(low=2.0, high=5.0)
    """
    match data:
        case {"is": str(sign), "value": value, **rest} if sign in ORDER and not rest:
            return Limit(sign, value)
        case {"is": "between", "low": low, "high": high, **rest} if not rest:
            return Within(low, high)
        case {"is": "in", "values": [*values], **rest} if not rest:
            return OneOf(values)
        case {"is": "missing", **rest} if not rest:
            return Missing()
    return None


def as_words(value: Any) -> str:
    """A value as it stands in a sentence.

    >>> [as_words(value) for value in (1767.0, 0.25, None, True, "client")]
    ['1,767', '0.25', 'missing', 'true', 'client']
    """
    if is_missing(value):
        return "missing"
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | int | np.number):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"
    return str(value).removesuffix(" 00:00:00")


def is_missing(value: Any) -> bool:
    """Whether one Python value is missing: None, NaN, NaT or pandas' NA."""
    return value is None or (not isinstance(value, str) and str(value) in {"nan", "NaT", "<NA>"})


def missing(table: NarrowFrame, column: str, *, need: str) -> NDArray[np.bool_]:
    """Where a column is null or NaN, (n,)."""
    require(table, [column], need=need)
    series = table[column]
    gone: NDArray[np.bool_] = np.asarray(series.is_null().to_numpy(), dtype=bool)
    return gone | np.isnan(series.to_numpy().astype(float)) if series.dtype.is_float() else gone


def _is_text_among(
    table: NarrowFrame, column: str, values: Iterable[Value], *, known: NDArray[np.bool_], need: str
) -> NDArray[np.bool_]:
    """Where a column of texts holds one of `values`, (n,); anything but text is refused.

    Only the distinct values are looked at one by one: columns of text repeat a few words on a million rows.
    """
    series = table[column]
    if any(not isinstance(value, str) and not is_missing(value) for value in _distinct(series)):
        odd = known & np.array([not isinstance(value, str) for value in series.to_list()], dtype=bool)
        raise DataError.at_rows(
            f"{need} compares text, but `{column}` holds {series.dtype}",
            rows_where(table, odd, ["customer_id", column]),
            of=len(table),
            hint="ask numbers for numbers: .equals(4), .isin([1, 2]).",
        )
    if series.dtype == nw.Object:
        return np.array([isinstance(value, str) and value in values for value in series.to_list()], dtype=bool)
    plain = series if series.dtype == nw.String else series.cast(nw.String)
    among: NDArray[np.bool_] = plain.is_in(list(values)).fill_null(False).to_numpy().astype(bool)
    return among


def _distinct(series: nw.Series[Any]) -> list[Any]:
    """The values of a column that may be other than text, each once; all, where they have no hash or mixed kinds."""
    if series.dtype == nw.String and str(series.to_native().dtype) != "object":
        return []
    if series.dtype == nw.Object:
        return series.to_list()
    try:
        return series.unique().to_list()
    except TypeError:
        return series.to_list()


def _as_numbers(table: NarrowFrame, column: str, *, need: str) -> NDArray[np.float64]:
    """A column of numbers, or of nothing but truth values as 1 and 0; NaN where missing, (n,)."""
    series = table[column]
    if series.dtype == nw.Boolean:
        truths = series.fill_null(False).to_numpy().astype(np.float64)
        return np.where(missing(table, column, need=need), np.nan, truths)
    if series.dtype == nw.Object:
        values = series.to_list()
        if {type(value) for value in values} <= {bool, np.bool_, type(None)}:
            return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return numbers(table, column, need=need, nullable=True)


def _with_one_missing(table: NarrowFrame, column: str, known: NDArray[np.bool_]) -> NarrowFrame:
    """`table` with None for whatever pandas marks a missing value with among objects."""
    if known.all() or table.implementation.is_polars() or table[column].dtype != nw.Object:
        return table
    values = [value if is_known else None for value, is_known in zip(table[column].to_list(), known, strict=True)]
    return narrow(add_columns(table.to_native(), {column: np.array([*values, None], dtype=object)[:-1]}), need=column)
