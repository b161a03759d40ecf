"""Reading of a column of words of transactions: the category, or the channel, of each row."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from kundkarriar.arrays import Mask, Whole
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, holds_objects, nulls, refuse_rows


def lacks_words(column: nw.Series[Any]) -> Mask:
    """Which values of a column are no text, missing ones and blank text among them, (n,).

    >>> lacks_words(nw.from_native(pd.Series(["gifts", " ", None]), series_only=True)).tolist()
    [False, True, True]
    """
    if isinstance(column.dtype, nw.Categorical | nw.Enum):
        column = column.cast(nw.String)
    if not isinstance(column.dtype, nw.String) or holds_objects(column):
        return np.array([not (isinstance(each, str) and each.strip()) for each in column.to_list()], dtype=bool)
    return nulls(column) | (column.str.strip_chars() == "").fill_null(value=False).to_numpy()


def words_law(column: str, role: str) -> tuple[str, str]:
    """The law of a column of words, and what to do where a row breaks it."""
    law = f"`{column}` must name a {role} in text on every row"
    return law, f'give what has no {role} a word of its own: orders["{column}"].fillna("other"); numbers: .astype(str).'


def read_words(frame: NarrowFrame, column: str, *, need: str) -> tuple[Whole, list[str]]:
    """The code of each row's word, (n,), and the distinct words in the order of their letters.

    Raises:
        DataError: the column is missing, or a row has no word in it.
    """
    require_words(frame.columns, column, need=need)
    law, hint = words_law(column, column)
    shown = ["customer_id", "date", "amount", column]
    refuse_rows(frame, lacks_words(frame[column]), f"{need}: {law}", hint=hint, shown=shown)
    values = frame[column]
    if isinstance(values.dtype, nw.Categorical | nw.Enum):
        values = values.cast(nw.String)
    codes, words = pd.factorize(values.to_numpy(), sort=True)
    return np.asarray(codes, np.int64), [str(word) for word in words]


def require_words(columns: list[str], column: str, *, need: str) -> None:
    """Refuse transactions that lack a column of words."""
    if column not in columns:
        raise DataError.because(
            f"{need} needs columns that are not there: ['{column}'].",
            hint=f'kk.transactions(orders, ..., {column}="...") names the column of orders; there are {columns}.',
        )
