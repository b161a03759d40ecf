"""Checks of id values: text or whole numbers of at most 64 bits; the errors for everything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.errors import BrokenRows, DataError
from kundkarriar.foreign_objects import is_text

ID = "customer_id"
AS_TEXT = ".astype(str) in pandas, .cast(pl.String) in polars"
TEXT, WHOLE, FLOAT, OTHER = "text", "whole", "float", "other"
LOW, HIGH = -(2**63), 2**63
"""Range of signed 64-bit integers: from `LOW` to below `HIGH`. Unsigned ones go from 0 to below 2 `HIGH`."""


@frozen(kw_only=True, eq=False)
class IdColumn:
    """A column of ids, and the errors about it.

    Attributes:
        name: name of the column.
        need: the caller's name, which starts the messages.
        length: number of rows.
        shown_rows: the columns that an error shows, of the rows at these positions.
    """

    name: str
    need: str
    length: int
    shown_rows: Callable[[Whole], Mapping[str, Sequence[Any]]]

    @classmethod
    def of(cls, ids: nw.Series[Any], *, need: str) -> IdColumn:
        """The errors about a column of a frame."""
        shown_rows = partial(BrokenRows, columns={ids.name: ids})
        return cls(name=ids.name, need=need, length=len(ids), shown_rows=shown_rows)

    def at(self, rows: Whole) -> IdColumn:
        """The same column, with masks that cover only the given `rows`."""
        return evolve(self, shown_rows=lambda at: self.shown_rows(rows[at]))

    def refuse(self, broken: Mask, *, found: str) -> None:
        """Refuse the rows `broken`, (n,), whose ids are neither text nor whole numbers, if there are any."""
        hint = f"make ids text or whole numbers, alike in every frame: {AS_TEXT}."
        self.refuse_by(broken, f"needs text or whole numbers as ids in `{self.name}`, found {found}", hint=hint)

    def refuse_floats(self, values: Array, present: Mask, *, bits: int) -> None:
        """Refuse fractions, and whole numbers of `bits` bits or more, which floats cannot distinguish from the next.

        Args:
            values: numbers as floats, (n,).
            present: which of them are ids, (n,).
            bits: binary digits of the float type of the column.
        """
        self.refuse(present & ~(np.isfinite(values) & (values == np.floor(values))), found="fractions")
        law = f"needs ids below 2**{bits} in `{self.name}` where they are floats"
        self.refuse_by(
            present & (np.abs(values) >= 2.0**bits),
            f"{law} (from there on neighbours are one number)",
            hint=f'read them as text or as whole numbers: dtype={{"{self.name}": str}} in pd.read_csv.',
        )

    def refuse_by(self, broken: Mask, law: str, *, hint: str) -> None:
        """Refuse the rows `broken`, (n,), by a law that follows the caller's name, if there are any."""
        if broken.any():
            rows = self.shown_rows(np.flatnonzero(broken))
            raise DataError.at_rows(f"{self.need} {law}", rows, of=self.length, hint=hint)


def plain_values(values: list[Any], column: IdColumn) -> NDArray[Any]:
    """Python values as int64, uint64, or objects that are text, (n,). Each type is checked once, not each value.

    Raises:
        DataError: a value is no id; text and numbers are mixed; numbers need more than 64 bits.
    """
    kinds = {each: _kind(each) for each in dict.fromkeys(map(type, values))}
    for each in (each for each, kind in kinds.items() if kind == OTHER):
        column.refuse(_of_type(values, each), found=each.__name__)
    if TEXT in kinds.values():
        if len(set(kinds.values())) > 1:
            text = np.array([isinstance(value, str) for value in values])
            odd, found = (text, "text among numbers") if text.mean() <= 0.5 else (~text, "numbers among text")
            law = f'needs ids of one kind in `{column.name}`, found {found} (17 is not "17")'
            column.refuse_by(odd, law, hint=f"make them one kind: {AS_TEXT}.")
        try:
            "".join(values).encode()
        except UnicodeEncodeError:
            column.refuse(np.array([not is_text(value) for value in values]), found="half a surrogate pair")
        return np.array(values, dtype=object)
    for each in (each for each, kind in kinds.items() if kind == FLOAT):
        mine = _of_type(values, each)
        floats = np.array([value if own else 0.0 for value, own in zip(values, mine, strict=True)], dtype=np.float64)
        column.refuse_floats(floats, mine, bits=int(np.finfo(each).nmant) + 1)
        values = [int(value) if own else value for value, own in zip(values, mine, strict=True)]
    low, high = min(values, default=0), max(values, default=0)
    if low < LOW or high >= (HIGH if low < 0 else 2 * HIGH):
        wide = np.array([not LOW <= value < HIGH for value in values])
        column.refuse_by(wide, f"needs ids in `{column.name}` that fit in 64 bits", hint=f"make them text: {AS_TEXT}.")
    return np.array(values, dtype=np.int64 if high < HIGH else np.uint64)


def read_id_values(values: Sequence[Any], *, need: str) -> NDArray[Any]:
    """Ids given outside a frame: whole numbers as int64 or uint64, text as objects, (n,).

    Raises:
        DataError: as `plain_values`.

    >>> read_id_values([7.0], need="this example"), read_id_values(["7"], need="this example")
    (array([7]), array(['7'], dtype=object))
    """
    column = IdColumn(
        name=ID, need=need, length=len(values), shown_rows=lambda at: {ID: [values[row] for row in at.tolist()]}
    )
    return plain_values(list(values), column)


def _kind(each: type) -> str:
    if each in (str, np.str_):  # other subclasses of str may redefine equality
        return TEXT
    if issubclass(each, (int, np.integer)) and each not in (bool, np.timedelta64):
        return WHOLE
    return FLOAT if each is float or issubclass(each, np.floating) else OTHER


def _of_type(values: list[Any], each: type) -> Mask:
    return np.array([type(value) is each for value in values], dtype=bool)
