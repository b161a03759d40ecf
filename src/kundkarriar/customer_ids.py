"""Reading and matching of customer ids: text or whole numbers, whatever the type of their column.

Ids that were read are *plain*: text, or whole numbers of at most 64 bits, and not categories. A plain column is
returned as it is. Whole numbers stored as floats (because of a missing value) or as objects become Int64, or UInt64 if
needed, without rounding. 7 is the same customer as int32, uint8, 7.0 or a category, and never equals "7". Text is
compared exactly; `kk.data_report` lists ids that differ only in case, blanks or Unicode form.
"""

from collections.abc import Iterable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kundkarriar.arrays import Mask, Whole
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, holds_objects, nulls, refuse_rows, require
from kundkarriar.id_kinds import AS_TEXT, HIGH, ID, IdColumn, plain_values

SUMMARY_HINT = "one row per customer: see kk.summarize(transactions, as_of=...)."
ONE_ROW_HINT = "keep one row of each customer, with its id."
"""Hints for repeated customers: in a summary, and in a table that the caller made."""

MISSING_ID_LAW = "{} needs an id in `{}` on every row"
MISSING_ID_HINT = "give these rows an id, or leave them out."


def read_ids(
    frame: NarrowFrame, *, need: str, column: str = ID, shown: Iterable[str] = (), hint: str = MISSING_ID_HINT
) -> nw.Series[Any]:
    """The plain customer id of each row; a customer may have several rows.

    An error about missing ids shows the columns `shown` too, and ends with `hint`.

    Raises:
        DataError: the column is missing; an id is missing, blank, or neither text nor a whole number; kinds are mixed.

    >>> import pandas as pd
    >>> read_ids(nw.from_native(pd.DataFrame({"customer_id": [7.0, 8.0]})), need="this example").to_list()
    [7, 8]
    >>> read_ids(nw.from_native(pd.DataFrame({"customer_id": [7.0, 8.5]})), need="this example")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: this example needs text or whole numbers as ids in `customer_id`, found fractions:
    broken by 1 of 2 rows.
    <BLANKLINE>
    row  customer_id
      1          8.5
    <BLANKLINE>
    Hint: make ids text or whole numbers, alike in every frame: .astype(str) in pandas, .cast(pl.String) in polars.
    """
    require(frame, [column], need=need)
    ids, missing = ids_and_missing(frame[column], need=need)
    refuse_rows(frame, missing, MISSING_ID_LAW.format(need, column), hint=hint, shown=[column, *shown])
    return ids


def unique_ids(
    frame: NarrowFrame, *, need: str, column: str = ID, shown: Iterable[str] = (), hint: str = SUMMARY_HINT
) -> nw.Series[Any]:
    """The plain ids of a frame with one row per customer; `hint` is the hint for repeated customers.

    Raises:
        DataError: as `read_ids`; a customer has a second row.
    """
    ids = read_ids(frame, need=need, column=column, shown=shown)
    if _distinct(ids):  # the repeated rows are searched only if there are any
        return ids
    law = f"{need} needs one row per customer in `{column}`"
    # pandas' hash table, as narwhals marks rows of pyarrow by windows
    refuse_rows(frame, pd.Index(ids.to_numpy()).duplicated(keep=False), law, hint=hint, shown=[column, *shown])
    return ids


def require_unique_ids(
    frame: NarrowFrame, *, need: str, column: str = ID, weights: str | None = None, hint: str = SUMMARY_HINT
) -> None:
    """Refuse what `unique_ids` refuses, if the frame has ids and rows are not weighted, each for several customers."""
    if weights is None and column in frame.columns:
        unique_ids(frame, need=need, column=column, hint=hint)


def with_plain_ids(frame: NarrowFrame, *, need: str) -> NarrowFrame:
    """The frame with plain unique ids; unchanged if they are plain already."""
    ids = unique_ids(frame, need=need)
    return frame if ids.dtype == frame[ID].dtype else frame.with_columns(ids)


def ids_and_missing(ids: nw.Series[Any], *, need: str) -> tuple[nw.Series[Any], Mask]:
    """The plain ids of a column, and which rows lack one (null, NaN, blank text), (n,).

    The id on a row that lacks one is arbitrary.

    Raises:
        DataError: a value is neither text nor a whole number; text and numbers are mixed.
    """
    if not len(ids):  # an empty pandas column may have any type
        return ids, np.zeros(0, dtype=bool)
    ids = _uncategorised(ids)
    dtype, missing = ids.dtype, nulls(ids)
    if dtype.is_integer() and not isinstance(dtype, (nw.Int128, nw.UInt128)):
        return ids, missing
    column = IdColumn.of(ids, need=need)
    if dtype.is_float():
        values = np.asarray(ids.to_numpy(), np.float64)
        missing |= np.isnan(values)
        column.refuse_floats(values, ~missing, bits=24 if isinstance(dtype, nw.Float32) else 53)
        return _like(ids, np.where(missing, 0.0, values).astype(np.int64)), missing
    if isinstance(dtype, nw.String) and not holds_objects(ids):
        return ids, missing | (ids.str.strip_chars() == "").fill_null(value=False).to_numpy()
    of_one_type = isinstance(dtype, nw.Boolean | nw.Decimal | nw.Binary) or dtype.is_temporal() or dtype.is_nested()
    if of_one_type and not missing.all():  # no ids: not checked value by value
        column.refuse(~missing, found=type(ids[[int(np.argmin(missing))]].to_list()[0]).__name__)
    return _of_objects(ids, missing, column)


def positions(
    ids: nw.Series[Any],
    *,
    among: nw.Series[Any],
    need: str = "kundkarriar",
    frame_name: str = "one frame",
    among_name: str = "the other",
) -> Whole:
    """Position of each of `ids` in `among` (whose ids are distinct), (n,); -1 if it is not there.

    `frame_name` and `among_name` are how messages call the frames of both: "the holdout", "the summary".

    Raises:
        DataError: a value is no id; one holds numbers, the other text.

    >>> import pandas as pd
    >>> ids = nw.from_native(pd.Series(["b", "x"]), series_only=True)
    >>> positions(ids, among=nw.from_native(pd.Series(["a", "b"]), series_only=True)).tolist()
    [1, -1]
    """
    ids, among = (_none_missing(each, need=need) for each in (ids, among))
    if not (len(ids) and len(among)):
        return np.full(len(ids), -1, dtype=np.int64)
    ids, among = as_one_type(ids, among, need=need, frame_name=frame_name, among_name=among_name)
    return pd.Index(among.to_numpy()).get_indexer(pd.Index(ids.to_numpy())).astype(np.int64)


def as_one_type(
    ids: nw.Series[Any], among: nw.Series[Any], *, need: str, frame_name: str, among_name: str
) -> tuple[nw.Series[Any], nw.Series[Any]]:
    """Plain ids of two frames as columns of one type, so that a customer has the same value in both.

    Raises:
        DataError: one holds numbers, the other text; their numbers together need more than 64 bits.

    >>> import pandas as pd
    >>> number, text = (nw.from_native(pd.Series(ids), series_only=True) for ids in ([17], ["17"]))
    >>> as_one_type(number, text, need="this example", frame_name="the holdout", among_name="the summary")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: this example needs ids of one kind: `customer_id` is Int64 in the holdout and \
String in the summary, so no customer would be found again.
    <BLANKLINE>
    Hint: make both of one kind: .astype(str) in pandas, .cast(pl.String) in polars.
    """
    if not (len(ids) and len(among)):
        return ids, among
    whole = ids.dtype.is_integer()
    if whole != among.dtype.is_integer():
        raise DataError.because(
            f"{need} needs ids of one kind: `customer_id` is {_kind_of(ids)} in {frame_name} and {_kind_of(among)} in"
            f" {among_name}, so no customer would be found again.",
            hint=f"make both of one kind: {AS_TEXT}.",
        )
    if not whole:
        if not ids.implementation.is_pyarrow():
            return ids, among
        return _cast(ids, "large_string"), _cast(among, "large_string")  # long and short texts share no column
    if ids.dtype == among.dtype:
        return ids, among
    low, high = min(int(ids.min()), int(among.min())), max(int(ids.max()), int(among.max()))
    if low < 0 and high >= HIGH:
        raise DataError.because(
            f"{need} needs ids that fit in 64 bits together: those of {frame_name} and {among_name} go from {low} to"
            f" {high}.",
            hint=f"make both text: {AS_TEXT}.",
        )
    wide = nw.Int64 if high < HIGH else nw.UInt64
    return ids.cast(wide), among.cast(wide)


def _cast(ids: nw.Series[Any], kind: Any) -> nw.Series[Any]:
    """A column of pyarrow as another type of pyarrow."""
    answer: nw.Series[Any] = nw.from_native(ids.to_native().cast(kind), series_only=True)
    return answer.alias(ids.name)


def _none_missing(ids: nw.Series[Any], *, need: str) -> nw.Series[Any]:
    plain, missing = ids_and_missing(ids, need=need)
    refuse_rows(ids.to_frame(), missing, MISSING_ID_LAW.format(need, ids.name), hint=MISSING_ID_HINT)
    return plain


def _distinct(ids: nw.Series[Any]) -> bool:
    """Whether plain ids are distinct. Whole numbers are marked in a table if close together, else sorted; no hash."""
    if not ids.dtype.is_integer() or not len(ids):
        return ids.n_unique() == len(ids)
    values = ids.to_numpy()
    values = values if values.dtype == np.uint64 else values.astype(np.int64, copy=False)  # their differences fit
    low, high = int(values.min()), int(values.max())
    if high - low >= 8 * len(values):
        values = np.sort(values)
        return bool((values[1:] != values[:-1]).all())
    seen = np.zeros(high - low + 1, dtype=bool)
    seen[values - values.dtype.type(low)] = True
    return int(np.count_nonzero(seen)) == len(values)


def _kind_of(ids: nw.Series[Any]) -> str:
    return str(ids.dtype) if ids.dtype.is_integer() else "String"


def _uncategorised(ids: nw.Series[Any]) -> nw.Series[Any]:
    """Categories replaced by their values; other ids unchanged."""
    if not isinstance(ids.dtype, (nw.Categorical, nw.Enum)):
        return ids
    if ids.implementation.is_pyarrow():
        return _cast(ids, ids.to_native().type.value_type)
    if not ids.implementation.is_pandas():
        return ids.cast(nw.String)
    native = ids.to_native()
    if isinstance(native.dtype, pd.ArrowDtype):
        values = native.astype(pd.ArrowDtype(native.dtype.pyarrow_dtype.value_type))
    else:  # numbers with gaps between them would become floats
        own = native.cat.categories.dtype
        values = native.astype(object if native.hasnans and not pd.api.types.is_string_dtype(own) else own)
    return nw.from_native(values, series_only=True)


def _of_objects(ids: nw.Series[Any], missing: Mask, column: IdColumn) -> tuple[nw.Series[Any], Mask]:
    """Ids of mixed objects, checked value by value, and which rows lack one."""
    known = np.flatnonzero(~missing)
    present = plain_values(ids[known].to_list() if missing.any() else ids.to_list(), column.at(known))
    if present.dtype == object:
        if not all(map(str.strip, present)):
            missing[known] = [not text.strip() for text in present]
        if ids.implementation.is_pandas():
            return ids, missing
        return nw.new_series(ids.name, ids.to_list(), nw.String, backend=ids.implementation), missing
    whole = np.zeros(len(ids), present.dtype)
    whole[known] = present
    return _like(ids, whole), missing


def _like(ids: nw.Series[Any], values: NDArray[Any]) -> nw.Series[Any]:
    """New values with the name and index of `ids`."""
    made: nw.Series[Any] = nw.new_series(ids.name, values, backend=ids.implementation)
    if not ids.implementation.is_pandas():
        return made
    return nw.from_native(made.to_native().set_axis(ids.to_native().index), series_only=True)
