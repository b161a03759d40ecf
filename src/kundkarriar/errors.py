"""Errors and warnings of kundkarriar, and the wording of their messages.

A message states the law that was broken and by how many rows, shows the first of these rows, and ends with a `Hint:`
of what to type. The exception has all of the rows as `.rows`, by column.
"""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Self

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Whole

SHOWN = 3
WIDEST = 80
"""Characters of a cell that are shown: the gaps of a heavy buyer fill a page."""
HINT = "\n\nHint: "
FIRST_DAY, END = np.datetime64("0001-01-01"), np.datetime64("10000-01-01")
"""The first day that Python has, and the day after its last."""
LIBRARY = (f"{Path(__file__).parent}{os.sep}", "<attrs generated")
"""How the file names of the library's own code begin."""


class KundkarriarError(Exception):
    """Base of every error that kundkarriar raises on purpose.

    Attributes:
        rows: all rows that broke the law, as columns; empty where the error is not about rows.

    >>> try:
    ...     raise DataError("`T` must be finite.")
    ... except KundkarriarError as error:
    ...     print(error)
    `T` must be finite.
    """

    rows: Mapping[str, Sequence[Any]]

    def __init__(self, message: str, rows: Mapping[str, Sequence[Any]] | None = None) -> None:
        super().__init__(message)
        self.rows = rows or {}

    @classmethod
    def because(cls, law: str, *, hint: str) -> Self:
        """An error without rows: the law that was broken, then what to type."""
        return cls(f"{law}{HINT}{hint}")

    @classmethod
    def at_rows(cls, law: str, rows: Mapping[str, Sequence[Any]], *, of: int, hint: str, unit: str = "rows") -> Self:
        """An error that shows the rows that break `law`.

        Args:
            law: the law, without a full stop.
            rows: the rows that break it, as columns; the first three are printed, all are kept.
            of: the number of rows in all.
            hint: what to type instead.
            unit: what a row is: "rows", "customers".
        """
        number = rows.count if isinstance(rows, BrokenRows) else len(next(iter(rows.values()), ()))
        return cls(f"{law}: broken by {number:,} of {of:,} {unit}.\n\n{as_text(rows)}{HINT}{hint}", rows)


class DataError(KundkarriarError, ValueError):
    """Data, or a value of an argument, that a function does not accept.

    >>> raise DataError.because("the frame is empty.", hint="pass at least one purchase.")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: the frame is empty.
    <BLANKLINE>
    Hint: pass at least one purchase.
    """

    @classmethod
    def missing_columns(cls, missing: Iterable[str], *, have: Iterable[str], need: str) -> Self:
        """An error that names missing columns; `need` is the caller, as the start of a sentence."""
        hint = f"the DataFrame has {list(have)}."
        if "customer_id" in missing:
            hint += " Orders get standard names from kk.transactions(orders, customer_id=..., date=..., amount=...);"
            hint += " in other frames rename the column of ids to customer_id."
        return cls.because(f"{need} needs columns that are not there: {sorted(missing)}.", hint=hint)


class BrokenRows(Mapping[str, "Sequence[Any]"]):
    """Rows of a frame as columns of Python values, each converted when it is accessed.

    The message needs only the first three of what may be millions of rows, and converting all would take longer than
    finding them. `dict(rows)` converts everything.

    >>> import narwhals.stable.v2 as nw, numpy as np, pandas as pd
    >>> ids = nw.from_native(pd.Series(["a", "b", "c"]), series_only=True)
    >>> rows = BrokenRows(np.array([0, 2]), {"customer_id": ids})
    >>> rows["customer_id"], dict(rows)
    (['a', 'c'], {'row': [0, 2], 'customer_id': ['a', 'c']})
    """

    def __init__(self, at: Whole, columns: Mapping[str, nw.Series[Any]]) -> None:
        self._at = at
        self._columns = dict(columns)

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self._at)

    def first(self, count: int) -> BrokenRows:
        """The first `count` of the rows."""
        return BrokenRows(self._at[:count], self._columns)

    def __getitem__(self, name: str) -> Sequence[Any]:
        if name == "row":
            whole: list[int] = self._at.tolist()
            return whole
        values = self._columns[name][self._at]
        if not values.implementation.is_pandas() and isinstance(values.dtype, nw.Date | nw.Datetime):
            days = values.to_numpy()
            away = int(getattr(values.dtype, "time_zone", None) is not None)  # in its zone it may be another day
            if ((days < FIRST_DAY + away) | (days >= END - away)).any():  # Python has no such dates, polars panics
                return list(days)
        known: Sequence[Any] = values.to_list()
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(("row", *self._columns))

    def __len__(self) -> int:
        return 1 + len(self._columns)

    def __repr__(self) -> str:
        return f"BrokenRows({dict(self)!r})"


class ConvergenceError(KundkarriarError, RuntimeError):
    """A fit that did not reach a maximum, or results that contradict each other.

    >>> raise ConvergenceError.because("MBG/NBD did not reach an optimum.", hint="more customers.")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.ConvergenceError: MBG/NBD did not reach an optimum.
    <BLANKLINE>
    Hint: more customers.
    """


class CapabilityError(KundkarriarError, TypeError):
    """A request that an object cannot fulfil; the message names what can.

    >>> raise CapabilityError.because("this ladder has a memory.", hint="use ladder.place(...).")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.CapabilityError: this ladder has a memory.
    <BLANKLINE>
    Hint: use ladder.place(...).
    """


class DataWarning(UserWarning):
    """A problem in the data that was handled; the text says which, and in how many rows.

    >>> issubclass(DataWarning, UserWarning)
    True
    """


def law_and_hint(error: Exception) -> tuple[str, str]:
    """The law and the hint of an error's message; no hint where it is not one of the library's.

    >>> law_and_hint(DataError.because("the frame is empty.", hint="pass at least one purchase."))
    ('the frame is empty.', 'pass at least one purchase.')
    """
    # the first argument of an attrs validator's error is the sentence, the others are objects
    law, _, hint = str(error.args[0] if error.args else error).partition(HINT)
    return law, hint


_collecting: ContextVar[list[str] | None] = ContextVar("collecting", default=None)


@contextmanager
def collected() -> Iterator[list[str]]:
    """Collect what `warn` says instead of giving warnings, where the caller reports it in its own result.

    Of this thread only, unlike `warnings.catch_warnings`.
    """
    told: list[str] = []
    token = _collecting.set(told)
    try:
        yield told
    finally:
        _collecting.reset(token)


def warn(message: str) -> None:
    """Give a `DataWarning` at the line outside the library that called it, however deep inside the cause lies."""
    if (told := _collecting.get()) is not None:
        told.append(message)
        return
    level, frame = 1, inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(LIBRARY):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, DataWarning, stacklevel=level)


def as_text(rows: Mapping[str, Sequence[Any]]) -> str:
    """The first rows as an aligned table of text, the same for every frame library."""
    rows = rows.first(SHOWN) if isinstance(rows, BrokenRows) else rows
    names = list(rows)
    first = [[_cell(value) for value in list(rows[name])[:SHOWN]] for name in names]
    widths = [max([len(name), *map(len, column)]) for name, column in zip(names, first, strict=True)]
    lines = ["  ".join(name.rjust(width) for name, width in zip(names, widths, strict=True))]
    lines += [
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in zip(*first, strict=True)
    ]
    return "\n".join(lines)


def text_of(value: object, write: Callable[[Any], str]) -> str:
    """A value as text, by `str` or `repr`; its type where it has none, as a whole number of thousands of digits."""
    try:
        return write(value)
    except Exception:  # noqa: BLE001 - a foreign object's text must not hide the law
        return f"an object of type {type(value).__name__}"


def _cell(value: Any) -> str:
    text = text_of(value, str)
    if text in {"None", "nan", "NaT", "<NA>"}:  # each library writes missing values its own way
        return "missing"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = text.removesuffix(" 00:00:00").removesuffix("T00:00:00.000000000")
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
