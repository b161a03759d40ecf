"""Attributes of customers (sector, city, size), which are the same as of every day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Whole
from kundkarriar.frames import TEXTS, NarrowFrame, is_missing, narrow
from kundkarriar.history.ledger.ledger import Ledger

NOT_ATTRIBUTES = ("customer_id", "first_contact")
"""Columns of `customers=` that are read otherwise."""


@frozen(kw_only=True, eq=False)
class Attributes:
    """The columns of `customers=`, by customer.

    They have no dates: a value counts as of every day, however early. Buyers who are not in the frame have missing
    values.

    Attributes:
        table: a copy of the frame.
        row: row of each customer in it, (n,); -1 for customers who are not there.
        backend: the frame library of the columns that are handed out.
    """

    table: NarrowFrame
    row: Whole
    backend: Any
    _columns: dict[str, nw.Series[Any]] = field(init=False, factory=dict, repr=False)

    @classmethod
    def of(cls, customers: Any, ledger: Ledger, *, need: str) -> Attributes:
        """The attributes of the customers of a ledger that was read with the same frame `customers`."""
        table = narrow(customers, need=need).clone()  # kept, and the caller's may change
        return cls(table=nw.maybe_reset_index(table), row=_rows(ledger), backend=ledger.customers.implementation)

    @property
    def names(self) -> Sequence[str]:
        """The names of the attributes."""
        return [name for name in self.table.columns if name not in NOT_ATTRIBUTES]

    def read_for(self, ledger: Ledger) -> Attributes:
        """The attributes of the customers of an earlier ledger of the same rows."""
        return evolve(self, row=_rows(ledger))

    def at(self, index: Whole) -> Attributes:
        """The attributes of customers at these positions, which may repeat, (p,)."""
        return evolve(self, row=self.row[index])

    def column(self, name: str) -> nw.Series[Any]:
        """The values of an attribute, (n,). The column is shared with later calls, and not to be changed."""
        if name not in self._columns:
            self._columns[name] = self._gathered(name)
        return self._columns[name]

    def _gathered(self, name: str) -> nw.Series[Any]:
        given = self.table[name]
        native = given.to_native()
        if given.implementation.is_pandas():
            values = nw.from_native(native.reindex(self.row), series_only=True)
        else:
            row = nw.new_series("row", self.row, backend=given.implementation)
            known = row.to_frame().select(nw.when(nw.col("row") >= 0).then(nw.col("row")))["row"]
            gather = native.take if given.implementation.is_pyarrow() else native.gather
            values = nw.from_native(gather(known.to_native()), series_only=True).alias(name)
        if values.implementation is not self.backend:
            text = nw.String if isinstance(values.dtype, TEXTS) else None
            plain = [None if is_missing(value) else value for value in values.to_list()]
            values = nw.new_series(name, plain, text, backend=self.backend)
        return nw.maybe_reset_index(values)


def _rows(ledger: Ledger) -> Whole:
    """The row of each customer in the frame `customers=`: a ledger has those customers first, in their order."""
    position = np.arange(len(ledger.customers))
    return np.where(position < ledger.rows.given, position, -1)
