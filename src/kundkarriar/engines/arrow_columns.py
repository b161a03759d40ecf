"""Columns of pyarrow tables: what pyarrow's own functions and narwhals misread of them, or do not make."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kundkarriar.arrays import Array

EXACT_DIGITS = 15
"""Whole numbers of so many digits are exact as floats."""


def readable(table: Any) -> Any:
    """The table with each column in a form that pyarrow reads rightly; the table itself where all are.

    Views of text and bytes cannot be taken by position: they become large text and bytes. Of a dictionary with missing
    values pyarrow makes an array with other rows' values in their places: it becomes a column of its values. The chunks
    of another dictionary get one dictionary, so that their codes are comparable.

    >>> import pyarrow as pa
    >>> words = pa.chunked_array([pa.array(["a", None, "b"]).dictionary_encode()])
    >>> words.to_numpy().tolist()
    ['a', 'b', 'b']
    >>> readable(pa.table({"abc": words}))["abc"].to_numpy().tolist()
    ['a', None, 'b']
    """
    for at, field in enumerate(table.schema):
        kind, column = str(field.type), table.column(at)
        if kind.endswith("_view"):
            column = column.cast("large_" + kind.removesuffix("_view"))
        elif not kind.startswith("dictionary"):
            continue
        elif any(chunk.null_count or chunk.dictionary.null_count for chunk in column.chunks):
            column = column.cast(field.type.value_type)
        elif column.num_chunks > 1:
            column = column.unify_dictionaries()
        else:
            continue
        table = table.set_column(at, field.name, column)
    return table


def decimals_as_floats(column: Any) -> Array | None:
    """Decimals as the nearest floats, (n,), NaN where missing; None of those with too many digits.

    pyarrow's own cast multiplies by an inexact power of ten.

    >>> import pyarrow as pa
    >>> from decimal import Decimal
    >>> amounts = pa.chunked_array([pa.array([Decimal("1.15"), None])])
    >>> decimals_as_floats(amounts).tolist(), amounts.cast("float64").to_pylist()
    ([1.15, nan], [1.1500000000000001, None])
    """
    kind = column.type
    if kind.bit_width != 8 * 16 or not 0 <= kind.scale <= EXACT_DIGITS:
        return None
    parts = [np.empty(0)]
    for chunk in column.chunks:
        digits = np.frombuffer(chunk.buffers()[1], dtype="<i8").reshape(-1, 2)[chunk.offset :][: len(chunk)]
        missing = chunk.is_null().to_numpy(zero_copy_only=False)
        low, high = (np.where(missing, 0, digits[:, each]) for each in (0, 1))
        if (np.abs(low) >= 10**EXACT_DIGITS).any() or (high != low >> 63).any():
            return None
        parts.append(np.where(missing, np.nan, low / 10.0**kind.scale))
    return np.concatenate(parts)


def coded(words: Sequence[str], codes: NDArray[np.integer[Any]]) -> Any:
    """An ordered dictionary column: the words by position, missing below 0."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    indices = pa.array(codes, mask=codes < 0)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()), ordered=True)])


def codes_and_words(column: Any) -> tuple[NDArray[np.integer[Any]], list[Any]] | None:
    """The codes and the words of an ordered dictionary column without missing values; None of another column."""
    if not getattr(column.type, "ordered", False) or column.null_count:
        return None
    whole = column.unify_dictionaries().combine_chunks()
    return whole.indices.to_numpy(), whole.dictionary.to_pylist()
