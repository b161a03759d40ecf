"""The frame boundary: what comes in is checked here, and what goes out is of the kind that came in.

pandas and eager polars are read through narwhals. Columns leave as numpy arrays, computations happen on
arrays, and `add_columns` or `new_frame` put the answers back: a pandas index is kept, the input is never
changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.errors import CapabilityError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

FrameT = TypeVar("FrameT", "pd.DataFrame", "pl.DataFrame")
"""A pandas or a polars DataFrame: functions answer in the kind they were given."""

NarrowFrame: TypeAlias = "nw.DataFrame[Any]"
Column: TypeAlias = "NDArray[Any] | Sequence[Any] | nw.Series[Any]"


def narrow(frame: object, *, need: str) -> NarrowFrame:
    """`frame` behind the one interface that the library reads.

    Args:
        frame: a pandas or eager polars DataFrame (or one already narrowed).
        need: who asks, as the start of a sentence.

    Raises:
        CapabilityError: a lazy frame, or a frame of another library.
        DataError: not a frame at all.
    """
    if isinstance(frame, nw.DataFrame):
        return frame
    wrapped = nw.from_native(frame, pass_through=True)
    if isinstance(wrapped, nw.LazyFrame):
        raise CapabilityError.because(
            f"{need} takes an eager DataFrame, got a lazy one ({type(frame).__module__.split('.')[0]}).",
            hint="call `.collect()` first.",
        )
    if not isinstance(wrapped, nw.DataFrame):
        raise DataError.because(
            f"{need} takes a pandas or polars DataFrame, got {type(frame).__name__}.",
            hint="build one with pd.DataFrame(...) or pl.DataFrame(...).",
        )
    if not (wrapped.implementation.is_pandas() or wrapped.implementation.is_polars()):
        raise CapabilityError.because(
            f"{need} takes a pandas or polars DataFrame, got one of {wrapped.implementation}.",
            hint="convert it: `.to_pandas()`.",
        )
    return wrapped


def require(frame: NarrowFrame, columns: Iterable[str], *, need: str) -> None:
    """Refuse a frame that lacks one of `columns`, naming those it has."""
    if missing := set(columns) - set(frame.columns):
        raise DataError.missing_columns(missing, have=frame.columns, need=need)


def numbers(
    frame: NarrowFrame, column: str, *, need: str, nullable: bool = False, of: str = "customer_id"
) -> NDArray[np.float64]:
    """A column as floats, (n,); text, infinity and (unless `nullable`) missing values are refused.

    `of` is the column that names a row in an error message, where there is one. Missing values come out as NaN.
    """
    require(frame, [column], need=need)
    if len(frame) == 0:  # an empty pandas column of objects passes for text, and has no row to blame
        return np.empty(0)
    series = frame[column]
    if isinstance(series.dtype, (nw.String, nw.Datetime, nw.Date, nw.Duration, nw.Categorical, nw.Enum)):
        raise DataError.at_rows(
            f"{need} needs numbers in `{column}`, found {series.dtype}",
            rows_where(frame, np.ones(len(frame), dtype=bool), [of, column]),
            of=len(frame),
            hint=f"convert it first: frame['{column}'].astype(float) in pandas, .cast(pl.Float64) in polars.",
        )
    raw = series.to_numpy()
    if raw.dtype.kind in "iub":
        return raw.astype(np.float64)
    try:
        values = np.array([np.nan if v is None else v for v in raw] if raw.dtype == object else raw, dtype=np.float64)
    except (TypeError, ValueError):
        odd = np.array([not _is_number(value) for value in raw])
        raise DataError.at_rows(
            f"{need} needs numbers in `{column}`",
            rows_where(frame, odd, [of, column]),
            of=len(frame),
            hint=f"convert `{column}` to numbers first.",
        ) from None
    wrong = np.isinf(values) if nullable else ~np.isfinite(values)
    if wrong.any():
        law = "finite numbers or missing values" if nullable else "finite numbers"
        raise DataError.at_rows(
            f"{need} needs {law} in `{column}`",
            rows_where(frame, wrong, [of, column]),
            of=len(frame),
            hint=f"look at these rows; repair or leave out what has no `{column}`.",
        )
    return values


def unique_ids(frame: NarrowFrame, *, need: str, column: str = "customer_id") -> nw.Series[Any]:
    """The customers of a frame with one row each; missing and repeated ids are refused."""
    require(frame, [column], need=need)
    ids = frame[column]
    for wrong, law in (
        (ids.is_null().to_numpy(), f"{need} needs an id in `{column}` on every row"),
        (ids.is_duplicated().to_numpy(), f"{need} needs one row per customer in `{column}`"),
    ):
        if wrong.any():
            raise DataError.at_rows(
                law,
                rows_where(frame, wrong, [column]),
                of=len(frame),
                hint="one row per customer: see kk.summarize(transactions, as_of=...).",
            )
    return ids


def positions(ids: nw.Series[Any], *, among: nw.Series[Any]) -> NDArray[np.int64]:
    """Where each of `ids` stands in `among` (whose ids are distinct), (n,); -1 where it does not."""
    import pandas as pd  # noqa: PLC0415 - only for its hash table

    return pd.Index(among.to_numpy()).get_indexer(pd.Index(ids.to_numpy())).astype(np.int64)


def rows_where(
    frame: NarrowFrame, mask: NDArray[np.bool_], columns: Iterable[str] | None = None
) -> dict[str, list[Any]]:
    """The rows under `mask` as columns of Python values, with their positions first: evidence for an error."""
    at = np.flatnonzero(mask)
    shown = [name for name in (frame.columns if columns is None else columns) if name in frame.columns]
    return {"row": at.tolist(), **{name: frame[name][at.tolist()].to_list() for name in shown}}


def add_columns(frame: FrameT, columns: Mapping[str, Column]) -> FrameT:
    """`frame` with `columns` added or replaced; rows, their order and a pandas index stay."""
    wide = narrow(frame, need="add_columns")
    made = [_series(name, values, backend=wide.implementation) for name, values in columns.items()]
    if wide.implementation.is_pandas():
        index = wide.to_native().index
        answer: FrameT = wide.to_native().assign(**{series.name: series.to_native().set_axis(index) for series in made})
        return answer
    widened: FrameT = wide.with_columns(*made).to_native()
    return widened


def new_frame(columns: Mapping[str, Column], *, like: FrameT) -> FrameT:
    """A new frame of the kind of `like`, with `columns` in their order and a plain index."""
    wide = narrow(like, need="new_frame")
    made = {name: _series(name, values, backend=wide.implementation).to_native() for name, values in columns.items()}
    answer: FrameT = type(wide.to_native())(made)
    return answer


def _series(name: str, values: Column, *, backend: Any) -> nw.Series[Any]:
    """A column of `backend`'s own kind, on a plain index; a number that is missing is null where nulls exist."""
    if isinstance(values, nw.Series):
        return nw.maybe_reset_index(values).alias(name)
    plain = values.tolist() if getattr(values, "dtype", None) == np.dtype(object) else values  # type: ignore[union-attr]
    series = nw.new_series(name, plain, backend=backend)
    if backend.is_polars() and series.dtype.is_float():
        return series.fill_nan(None)
    return series


def _is_number(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return value is None
    return True
