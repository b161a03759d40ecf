"""How a table of results is stored: the library of its frame, and its columns as lists of JSON types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Self

import narwhals.stable.v2 as nw
import pandas as pd
from attrs import Attribute, field, frozen

from kundkarriar.arguments import NAME, Text, as_shown, refusal
from kundkarriar.errors import CapabilityError, DataError, text_of
from kundkarriar.frames import is_missing, narrow, new_frame, text_column
from kundkarriar.stored import part
from kundkarriar.stored_forms import AGAIN, NUMBER, TEXT, TRUTH, WHOLE, Form, list_of, one_of, or_null, written
from kundkarriar.strategy.plan.plan_data import FRAMES


def _read_time(given: Any) -> Any:
    if not isinstance(given, str) or datetime.fromisoformat(given).tzinfo is not None:
        raise ValueError(f"a local time in ISO format is needed, got {text_of(given, repr):.60}")
    return given


KINDS: dict[str, tuple[Form, Any]] = {
    "number": (NUMBER, nw.Float64),
    "whole": (WHOLE, nw.Int64),
    "truth": (TRUTH, nw.Boolean),
    "time": (Form(law="a time", write=str, read=_read_time), nw.Datetime("us")),
    "text": (TEXT, nw.String),
}
"""Kinds of columns: how a value is stored, and the type of a column that is read."""
NULLABLE: dict[str, Any] = {"whole": "Int64", "truth": "boolean"}
"""Types of columns with missing values in pandas, where the plain type has none."""
KIND_OF = {float: "number", int: "whole", bool: "truth", str: "text"}
"""Kinds by the types of values in Python; times have several types there."""


def _of_its_kind(column: StoredColumn, attribute: Attribute[Any], values: Sequence[Any]) -> None:
    try:
        list_of(or_null(KINDS[column.kind][0])).read(values)
    except ValueError:
        raise refusal(values, attribute.name, law=f"of the kind {column.kind!r}", hint=AGAIN) from None


@frozen(kw_only=True)
class StoredColumn:
    """A column of a stored table; None where a value is missing."""

    name: str = field(validator=NAME)
    kind: str = field(validator=Text(among=KINDS))
    values: tuple[Any, ...] = field(
        validator=_of_its_kind, metadata=written(list_of(or_null(one_of(TRUTH, WHOLE, NUMBER, TEXT))))
    )

    @classmethod
    def of(cls, column: nw.Series[Any]) -> Self:
        """The stored column of a frame's column.

        Raises:
            CapabilityError: its name is no text, or it holds other values than finite numbers, truth values, texts and
                local times.
        """
        if not NAME.holds(column.name):
            raise CapabilityError.because(
                f"the column {as_shown(column.name)} cannot be stored: names of stored columns are texts.",
                hint="rename the column, or leave it out of `customers=`.",
            )
        given: list[Any] = [None if is_missing(each) else each for each in column.to_list()]
        kinds = {KIND_OF.get(type(each), "time") for each in given if each is not None}
        of_type = (name for name, (_, dtype) in KINDS.items() if dtype == column.dtype)
        kind = kinds.pop() if len(kinds) == 1 else "number" if kinds else next(of_type, "text")
        if kind == "time":
            given = [each.isoformat() if isinstance(each, date | time) else each for each in given]
        try:
            return cls(name=column.name, kind=kind, values=tuple(given))
        except DataError:
            raise CapabilityError.because(
                f"the column `{column.name}` ({column.dtype}) cannot be stored: tables are stored with finite numbers, "
                "truth values, texts and local times.",
                hint="convert the column, or leave it out of `customers=`.",
            ) from None

    def series(self, *, like: Any) -> nw.Series[Any]:
        """The column for a frame of the library of `like`."""
        backend, values = narrow(like, need="a stored table").implementation, list(self.values)
        if self.kind == "text":
            return text_column(values, like=like)
        if self.kind in NULLABLE and backend.is_pandas() and None in values:
            return nw.from_native(pd.Series(values, dtype=NULLABLE[self.kind]), series_only=True)
        if self.kind == "time":
            values = [None if each is None else datetime.fromisoformat(each) for each in values]
        wide = self.kind == "whole" and max((each for each in values if each is not None), default=0) >= 2**63
        return nw.new_series(self.name, values, nw.UInt64 if wide else KINDS[self.kind][1], backend=backend)


def _columns_once(_: object, attribute: Attribute[Any], columns: Sequence[StoredColumn]) -> None:
    names, lengths = [each.name for each in columns], {len(each.values) for each in columns}
    if len(set(names)) < len(names) or len(lengths) != 1:
        law = "columns with names of their own, whose `values` are of one length"
        raise refusal(names, attribute.name, law=law, hint=AGAIN)


@frozen(kw_only=True)
class StoredTable:
    """A table in JSON types; `like` is an empty frame of its library."""

    like: Any = field(metadata=written(FRAMES, name="library"))
    columns: tuple[StoredColumn, ...] = field(validator=_columns_once)

    @classmethod
    def of(cls, frame: Any) -> Self:
        """The stored table of a frame."""
        table = narrow(frame, need="a stored table")
        return cls(like=frame, columns=tuple(StoredColumn.of(table.get_column(name)) for name in table.columns))

    def frame(self) -> Any:
        """The table as a frame. Numbers are 64 bits wide, categories are text, dates are times."""
        try:
            return new_frame({each.name: each.series(like=self.like) for each in self.columns}, like=self.like)
        except (OverflowError, TypeError) as error:
            raise ValueError(f"columns that a frame can hold are needed in `columns`: {error}") from error


TABLE = Form(
    law="a table",
    write=lambda frame: part(StoredTable).write(StoredTable.of(frame)),
    read=lambda given: part(StoredTable).read(given).frame(),
)
LEADS = written(or_null(TABLE), name="leads", later=True)
"""Metadata of the leads of a career, None where its scorer does not foresee first purchases."""
SUMMARY = written(or_null(TABLE), name="summary", later=True)
"""Metadata of the summary of a career, which those stored by earlier versions lack."""
