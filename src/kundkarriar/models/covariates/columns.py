"""Columns of customers as they stand beside the rows of a summary: found, complete, and told apart by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from attrs import frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers, require, rows_where
from kundkarriar.history.customer_ids import ONE_EACH, positions, unique_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame

    Array = NDArray[np.float64]

Level: TypeAlias = "str | int | float | bool"

LEVELLED = (nw.String, nw.Boolean, nw.Categorical, nw.Enum)
HELD = {"string", "boolean"}
"""What pandas calls objects that are text or truth values."""


@frozen(kw_only=True, eq=False)
class CustomerColumn:
    """A column of a frame, and which of its rows are asked for.

    Attributes:
        name: of the column.
        frame: where it stands.
        rows: the frame's rows that are read, in the order of who asked, (n,).
        need: who asks, as the start of a sentence.
    """

    name: str
    frame: NarrowFrame
    rows: NDArray[np.int64]
    need: str

    def has_levels(self) -> bool:
        """Whether it holds text, truth values or categories, and no numbers."""
        series = self.frame[self.name]
        if isinstance(series.dtype, nw.Object):
            return pd.api.types.infer_dtype(series.to_list(), skipna=True) in HELD
        return isinstance(series.dtype, LEVELLED)

    def levels(self) -> tuple[Level, ...]:
        """The different levels that occur, sorted."""
        return tuple(plain(value) for value in sorted(set(self._values()), key=lambda v: (type(v).__name__, v)))

    def codes(self, levels: Sequence[Level]) -> NDArray[np.int64]:
        """Which of `levels` each row has, (n,).

        Raises:
            DataError: a value is missing, or none of the levels.
        """
        number = {level: code for code, level in enumerate(levels)}
        codes = np.array([number.get(plain(value), -1) for value in self._values()], dtype=np.int64)
        if (unseen := codes < 0).any():
            found = sorted({str(plain(value)) for value in self.frame[self.name][self.rows[unseen]].to_list()})
            self.refuse(
                unseen,
                f"{self.need}: `{self.name}` holds levels that the fit did not see, {found[:5]}",
                hint=f"its levels are {list(levels)}: give these customers one of them, or fit again.",
            )
        return codes

    def numbers(self) -> Array:
        """The numbers, (n,).

        Raises:
            DataError: the column holds no numbers, or one is missing.
        """
        values = numbers(self.frame, self.name, need=self.need, nullable=True)[self.rows]
        self._refuse_missing(np.isnan(values))
        return values

    def _values(self) -> list[Any]:
        series = self.frame[self.name][self.rows]
        self._refuse_missing(series.is_null().to_numpy())
        return series.to_list()

    def _refuse_missing(self, missing: NDArray[np.bool_]) -> None:
        if missing.any():
            self.refuse(
                missing,
                f"{self.need} needs `{self.name}` of every customer: it is a covariate",
                hint='fill it in, or give who lacks it a level of their own: "unknown".',
            )

    def refuse(self, broken: NDArray[np.bool_], law: str, *, hint: str) -> None:
        """Refuse the rows asked for that break a law, (n,), with their values.

        Raises:
            DataError: always.
        """
        where = np.zeros(len(self.frame), dtype=bool)
        where[self.rows[broken]] = True
        shown = rows_where(self.frame, where, ["customer_id", self.name])
        raise DataError.at_rows(law, shown, of=len(self.frame), hint=hint)


def plain(value: Any) -> Level:
    """A level as a JSON type: what is none (an interval, a date) as text.

    >>> plain("web"), plain(pd.Interval(20, 40))
    ('web', '(20, 40]')
    """
    return value if isinstance(value, str | int | float) else str(value)


def customer_columns(
    names: Sequence[str], summary: NarrowFrame, customers: Any, *, at: NDArray[np.int64], need: str
) -> list[CustomerColumn]:
    """The columns `names` of some customers: from `customers` where it has them, else from the summary.

    Args:
        names: of the columns.
        summary: one row per customer.
        customers: a frame with customer_id and columns; None where they stand in the summary.
        at: the summary's rows that are asked for, (n,).
        need: who asks, as the start of a sentence.

    Raises:
        DataError: a column is in neither frame, or a customer is not in `customers`.
    """
    if customers is None:
        if missing := [name for name in names if name not in summary.columns]:
            raise DataError.because(
                f"{need} needs the covariates {missing}, which the summary does not have.",
                hint=f"customers=... with customer_id and {missing}; the summary has {list(summary.columns)}.",
            )
        return [CustomerColumn(name=name, frame=summary, rows=at, need=need) for name in names]
    known = narrow(customers, need=need)
    own = [name for name in names if name in known.columns or name not in summary.columns]
    require(known, own, need=f"{need}(customers=...)")
    rows = _rows_of(summary, known, at=at, need=need) if own else at
    return [
        CustomerColumn(name=name, frame=known, rows=rows, need=need)
        if name in own
        else CustomerColumn(name=name, frame=summary, rows=at, need=need)
        for name in names
    ]


def _rows_of(summary: NarrowFrame, known: NarrowFrame, *, at: NDArray[np.int64], need: str) -> NDArray[np.int64]:
    """Where each customer stands in `customers`, (n,)."""
    require(summary, ["customer_id"], need=need)
    ids = unique_ids(known, need=f"{need}(customers=...)", hint=ONE_EACH)
    found = positions(summary["customer_id"][at], among=ids, need=need, here="the summary", there="`customers`")
    if (absent := found < 0).any():
        where = np.zeros(len(summary), dtype=bool)
        where[at[absent]] = True
        raise DataError.at_rows(
            f"{need} needs every customer in `customers`",
            rows_where(summary, where, ["customer_id"]),
            of=len(summary),
            hint="add these customers with their covariates.",
            unit="customers",
        )
    return found
