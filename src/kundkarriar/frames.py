"""The frame boundary: checks of frames that come in, and frames of the same library that go out.

pandas, eager polars and pyarrow tables are read through narwhals. Columns are read as numpy arrays, computations use
arrays, and `add_columns` or `new_frame` make frames of the results. A pandas index is kept, and the input is never
changed. pyarrow is imported only where a table of its own was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.engines.arrow_columns import coded, codes_and_words, decimals_as_floats, readable
from kundkarriar.errors import BrokenRows, CapabilityError, DataError

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame


FrameT = TypeVar("FrameT", bound="IntoFrame")
"""A frame of pandas, polars or pyarrow; functions return the kind that they were given."""

NarrowFrame: TypeAlias = "nw.DataFrame[Any]"
TEXTS = (nw.String, nw.Categorical, nw.Enum)
NO_NUMBERS = (*TEXTS, nw.Boolean, nw.Datetime, nw.Date, nw.Duration, nw.Time, nw.Binary, nw.List, nw.Array, nw.Struct)
Column: TypeAlias = "NDArray[Any] | Sequence[Any] | nw.Series[Any]"


KINDS = ("pandas", "polars", "pyarrow")
"""The libraries of frames that are read."""
COLLECT = {"duckdb": ".to_arrow_table()", "pyspark": ".toArrow()", "dask": ".compute()", "ibis": ".to_pyarrow()"}
"""How a lazy frame is collected, by library; `.collect()` in all others."""


def narrow(frame: object, *, need: str) -> NarrowFrame:
    """A frame of pandas, eager polars, pyarrow or narwhals as a narwhals one, through which the library reads frames.

    Columns of a pyarrow table that pyarrow itself misreads are converted: see `readable`.

    `need` is the caller, as the start of an error's sentence, here and everywhere.

    Raises:
        CapabilityError: a lazy frame, or a frame of another library.
        DataError: not a frame, or two columns of the same name.
    """
    if isinstance(frame, nw.DataFrame):
        return _readable(frame)
    try:
        wrapped = nw.from_native(frame, pass_through=True)
    except DuplicateError:
        names: Any = getattr(frame, "columns", ())
        twice = sorted({str(name) for name in names if list(names).count(name) > 1})
        raise _twice(twice, need=need) from None
    if isinstance(wrapped, nw.LazyFrame):
        library = type(wrapped.to_native()).__module__.split(".")[0].removeprefix("_")
        raise CapabilityError.because(
            f"{need} takes an eager DataFrame, got a lazy one ({library}).",
            hint=f"call `{COLLECT.get(library, '.collect()')}` first.",
        )
    if not isinstance(wrapped, nw.DataFrame):
        raise DataError.because(
            f"{need} takes a frame of pandas, polars or pyarrow, got {type(frame).__name__}.",
            hint="build one with pd.DataFrame(...), pl.DataFrame(...) or pa.table(...).",
        )
    if wrapped.implementation.value not in KINDS:
        raise CapabilityError.because(
            f"{need} takes a frame of pandas, polars or pyarrow, got one of {wrapped.implementation.value}.",
            hint="convert it: `.to_pandas()`.",
        )
    if wrapped.implementation.is_pyarrow() and len(set(wrapped.columns)) < len(wrapped.columns):
        raise _twice(sorted({name for name in wrapped.columns if wrapped.columns.count(name) > 1}), need=need)
    return _readable(wrapped)


def _twice(names: list[str], *, need: str) -> DataError:
    """The error of columns of one name."""
    return DataError.because(
        f"{need} needs columns with names of their own, these stand twice: {names}.",
        hint="rename or drop one of each.",
    )


def _readable(frame: NarrowFrame) -> NarrowFrame:
    if not frame.implementation.is_pyarrow() or (table := readable(frame.to_native())) is frame.to_native():
        return frame
    return nw.from_native(table, eager_only=True)


def require(frame: NarrowFrame, columns: Iterable[str], *, need: str) -> None:
    """Refuse a frame that lacks some of `columns`; the error names those that it has."""
    if missing := set(columns) - set(frame.columns):
        raise DataError.missing_columns(missing, have=frame.columns, need=need)


def numbers(frame: NarrowFrame, column: str, *, need: str, nullable: bool = False, of: str = "customer_id") -> Array:
    """A column as floats, (n,), with NaN for missing values where `nullable`.

    `of` is the column that names a row in an error message.

    Raises:
        DataError: text, truth values, infinity, or missing values unless `nullable`.
    """
    require(frame, [column], need=need)
    if len(frame) == 0:  # an empty pandas column of objects passes for text, and has no row to blame
        return np.empty(0)
    series = frame[column]
    dtype = series.dtype  # narwhals finds it anew whenever it is asked
    wide = isinstance(dtype, nw.Int128 | nw.UInt128)  # numpy has no such whole numbers
    decimal = isinstance(dtype, nw.Decimal) and series.implementation.is_pyarrow()
    raw = decimals_as_floats(series.to_native()) if decimal else None
    raw = (series.cast(nw.Float64) if wide else series).to_numpy() if raw is None else raw
    if (isinstance(dtype, NO_NUMBERS) and not untyped(series)) or raw.dtype.kind == "c":
        refuse_rows(
            frame,
            np.full(len(frame), fill_value=True),
            f"{need} needs numbers in `{column}`, found {dtype}",
            hint=f"convert it first: frame['{column}'].astype(float) in pandas, .cast(pl.Float64) in polars.",
            shown=[of, column],
        )
    if raw.dtype.kind in "iu":
        return raw.astype(np.float64)
    if raw.dtype == object:
        missing = np.array([is_missing(value) for value in raw])
        odd = ~missing & np.array([not is_number(value) for value in raw])
        hint = f"convert `{column}` to numbers first."
        refuse_rows(frame, odd, f"{need} needs numbers in `{column}`", hint=hint, shown=[of, column])
        raw = np.where(missing, np.nan, raw)
    values = raw.astype(np.float64)
    wrong = np.isinf(values) if nullable else ~np.isfinite(values)
    law = "finite numbers or missing values" if nullable else "finite numbers"
    hint = f"look at these rows; repair or leave out what has no `{column}`."
    refuse_rows(frame, wrong, f"{need} needs {law} in `{column}`", hint=hint, shown=[of, column])
    return values


def untyped(series: nw.Series[Any]) -> bool:
    """Whether a pandas column of objects holds values that are no text, though its first hundred are missing.

    Such a column passes for text: narwhals looks no further.
    """
    if series.dtype != nw.String or not holds_objects(series):
        return False
    known = [value for value in series.to_list() if not is_missing(value)]
    return bool(known) and not any(isinstance(value, str) for value in known)


def holds_objects(series: nw.Series[Any]) -> bool:
    """Whether a column is one of Python objects in pandas; narwhals calls it text if its first values are."""
    return bool(series.implementation.is_pandas() and series.to_native().dtype == object)


def distinct_values(column: nw.Series[Any]) -> list[Any]:
    """The distinct values of a column, quick for a constant one; all values where they cannot be compared.

    >>> import pandas as pd
    >>> distinct_values(nw.from_native(pd.Series(["W", "W", "M"]), series_only=True))
    ['W', 'M']
    """
    if len(column) and column.implementation.is_pandas() and isinstance(column.dtype, nw.String):
        values = column.to_numpy()
        if isinstance(values[0], str) and bool(np.all(values == values[0])):
            return [values[0]]
    try:
        return list(column.unique(maintain_order=True).to_list())
    except Exception:  # noqa: BLE001 - lists, text and numbers, half a surrogate pair, foreign objects
        return list(column.to_list())


def text_is(column: nw.Series[Any], word: str) -> Mask:
    """Which rows of a column hold the word, (n,); a missing value and what is no text do not.

    >>> import pandas as pd
    >>> text_is(nw.from_native(pd.Series(["known", None, {1}]), series_only=True), "known").tolist()
    [True, False, False]
    """
    if isinstance(column.dtype, TEXTS):
        return np.asarray((column == word).fill_null(value=False).to_numpy(), dtype=bool)
    return np.array([isinstance(value, str) and value == word for value in column.to_list()], dtype=bool)


def rows_where(frame: NarrowFrame, mask: Mask, columns: Iterable[str] | None = None) -> BrokenRows:
    """The rows under `mask` with their positions, to be shown in an error."""
    asked = frame.columns if columns is None else columns
    shown = [name for name in asked if name in frame.columns and isinstance(name, str)]
    return BrokenRows(np.flatnonzero(mask), {name: frame[name] for name in shown})


def refuse_rows(
    frame: NarrowFrame,
    broken: Mask,
    law: str,
    *,
    hint: str,
    shown: Iterable[str] | None = None,
    at: Whole | None = None,
) -> None:
    """Refuse the rows of a frame that break a law, if there are any.

    `broken`, (n,), is about the rows `at` of the frame, or about all. The error shows those of the columns `shown` that
    the frame has, or all.

    Raises:
        DataError: some row breaks the law; the words are as in `DataError.at_rows`.

    >>> import pandas as pd
    >>> table = narrow(pd.DataFrame({"T": [3, -1]}), need="this example")
    >>> refuse_rows(table, np.array([False, True]), "`T` is an age: at least 0", hint="as_of lies before it.")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `T` is an age: at least 0: broken by 1 of 2 rows.
    <BLANKLINE>
    row   T
      1  -1
    <BLANKLINE>
    Hint: as_of lies before it.
    """
    if broken.any():
        if at is not None:
            broken = np.isin(np.arange(len(frame)), at[broken])
        raise DataError.at_rows(law, rows_where(frame, broken, shown), of=len(frame), hint=hint)


MANY = 50
"""pandas adds columns one by one and warns at a hundred: further ones are added together."""


def add_columns(frame: FrameT, columns: Mapping[str, Column]) -> FrameT:
    """`frame` with `columns` added or replaced; rows, their order and a pandas index are kept."""
    wide = narrow(frame, need="add_columns")
    made = [_series(name, values, backend=wide.implementation) for name, values in columns.items()]
    if wide.implementation.is_pyarrow() and not wide.columns:  # a table without columns has no rows to be added to
        return new_frame(columns, like=frame)
    if wide.implementation.is_pandas():
        index = wide.to_native().index
        native = {series.name: series.to_native().set_axis(index) for series in made}
        further = {name: native.pop(name) for name in list(native)[MANY:] if name not in wide.columns}
        answer: Any = wide.to_native().assign(**native)
        if not further:
            return cast("FrameT", answer)
        parts = [nw.from_native(part, eager_only=True) for part in (answer, pd.DataFrame(further))]
        together: FrameT = nw.concat(parts, how="horizontal").to_native()
        return together
    widened: FrameT = wide.with_columns(*made).to_native()
    return widened


def new_frame(columns: Mapping[str, Column], *, like: FrameT, copy: bool = True) -> FrameT:
    """A new frame of the library of `like`, with `columns` in their order and a default index.

    `copy` is False where the arrays are not used elsewhere, which saves memory.
    """
    wide = narrow(like, need="new_frame")
    made = {name: _series(name, values, backend=wide.implementation).to_native() for name, values in columns.items()}
    frame = type(wide.to_native())
    if wide.implementation.is_pyarrow():
        return cast("FrameT", frame.from_pydict(made))
    answer: FrameT = frame(made, copy=copy) if wide.implementation.is_pandas() else frame(made)
    return answer


def text_column(
    words: Iterable[str | None], codes: NDArray[np.integer[Any]] | None = None, *, like: object
) -> nw.Series[Any]:
    """A column of text for a frame of the library of `like`; it is of type text even where all values are missing.

    `words` are the values of the rows, or with `codes`, (n,), the distinct ones: a code is the position of a row's
    value, below 0 where it is missing. This is much faster than a list with a string for each row.

    >>> import pandas as pd
    >>> text_column(["low", "high"], np.array([1, 0, -1, 1]), like=pd.DataFrame()).to_list()[:2]
    ['high', 'low']
    """
    backend = narrow(like, need="text_column").implementation
    several = list(words)
    if codes is None:
        return nw.new_series("text", several, nw.String, backend=backend)
    at = np.where(np.asarray(codes) < 0, np.int64(len(several)), codes)  # the last one is missing
    gathered: nw.Series[Any] = nw.new_series("text", [*several, None], nw.String, backend=backend)[at]
    return nw.maybe_reset_index(gathered)


def category_column(words: Iterable[str], codes: NDArray[np.integer[Any]], *, like: object) -> nw.Series[Any]:
    """As `text_column` with `codes`, but of categories, in the order of the words: a byte a row, and no strings.

    `codes`, (n,), are positions in the distinct `words`, -1 where missing.

    >>> import pandas as pd
    >>> column = category_column(["low", "high"], np.array([1, 0, -1]), like=pd.DataFrame())
    >>> column.to_list(), column.dtype
    (['high', 'low', nan], Enum(categories=['low', 'high']))
    """
    backend, several = narrow(like, need="category_column").implementation, list(words)
    if backend.is_pandas():
        values = pd.Categorical.from_codes(codes, categories=pd.Index(several), ordered=True)
        return nw.from_native(pd.Series(values, copy=False), series_only=True)
    if backend.is_pyarrow():
        return nw.from_native(coded(several, codes), series_only=True)
    at = np.where(codes < 0, np.int64(len(several)), codes)  # the last one is missing
    return nw.new_series("text", [*several, None], nw.Enum(several), backend=backend)[at]


def category_codes(column: nw.Series[Any]) -> tuple[NDArray[np.integer[Any]], list[str]] | None:
    """The code of each value of a column as `category_column` makes it, (n,), and the words; None of another column."""
    if column.implementation.is_pyarrow():
        return codes_and_words(column.to_native())
    if not isinstance(column.dtype, nw.Enum) or nulls(column).any():
        return None
    words, native = column.cat.get_categories().to_list(), column.to_native()
    codes = native.cat.codes if column.implementation.is_pandas() else native.to_physical()
    return (codes.to_numpy(), words) if all(isinstance(word, str) for word in words) else None


def _series(name: str, values: Column, *, backend: Any) -> nw.Series[Any]:
    """A column of the library `backend` with a default index; a missing number is null where the library has nulls."""
    if isinstance(values, nw.Series):
        return nw.maybe_reset_index(values).alias(name)
    plain = values.tolist() if getattr(values, "dtype", None) == np.dtype(object) else values  # type: ignore[union-attr]
    try:
        series = nw.new_series(name, plain, backend=backend)
    except UnicodeEncodeError:
        raise no_text(name) from None
    if not backend.is_pandas() and series.dtype.is_float():
        return series.fill_nan(None)
    return series


def nulls(column: nw.Series[Any]) -> Mask:
    """Which values of a column are missing, (n,), also among objects that refuse to be compared."""
    try:
        return np.array(column.is_null().to_numpy(), dtype=bool)
    except Exception:  # noqa: BLE001 - a signalling Decimal, or a foreign object that raises what it likes
        return np.array([is_missing(value) for value in column.to_list()], dtype=bool)


def no_text(column: str) -> DataError:
    """The error of a column with text that no file can hold."""
    return DataError.because(
        f"the column {column!r} holds half a surrogate pair, which is no character and cannot be written.",
        hint='repair the text: value.encode("utf-8", "replace").decode().',
    )


def is_missing(value: Any) -> bool:
    """Whether one Python value is missing: None, NaN, NaT or pandas' NA."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if type(value) is float:
        return value != value  # noqa: PLR0124 - NaN alone
    return isinstance(value, np.floating | np.datetime64 | np.timedelta64) and bool(np.isnan(value))


def is_number(value: object) -> bool:
    """Whether one Python value is a number; truth values, text and arrays are none."""
    if isinstance(value, str | bytes | bool | np.bool_ | np.ndarray):  # float() would read "1e3" and True
        return False
    try:
        float(value)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - no number, too large, or a foreign object that raises what it likes
        return False
    return True
