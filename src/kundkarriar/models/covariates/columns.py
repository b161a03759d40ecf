"""Columns of covariates aligned with the rows of a summary, as numbers or as levels, and the design matrix of them."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.errors import DataError, text_of
from kundkarriar.frames import NarrowFrame, narrow, nulls, numbers, refuse_rows, require

Level: TypeAlias = str | int | float | bool
Levels: TypeAlias = tuple[tuple[str, tuple[Level, ...]], ...]
"""The levels of each column that has them."""

CATEGORICAL = (nw.String, nw.Boolean, nw.Categorical, nw.Enum)
CATEGORICAL_OBJECTS = {"string", "boolean"}
"""Kinds of pandas objects, as `infer_dtype` names them, that are read as levels."""


@frozen(kw_only=True, eq=False)
class CustomerColumn:
    """A column of a frame, and the rows of it that are read.

    Attributes:
        name: of the column.
        frame: the frame that has it.
        rows: positions of the frame's rows, in the order of the summary, (n,).
        need: the caller, as the start of an error's sentence.
    """

    name: str
    frame: NarrowFrame
    rows: Whole
    need: str

    def has_levels(self) -> bool:
        """Whether the column holds text, truth values or categories instead of numbers."""
        series = self.frame[self.name]
        if isinstance(series.dtype, nw.Object):
            return pd.api.types.infer_dtype(series.to_list(), skipna=True) in CATEGORICAL_OBJECTS
        return isinstance(series.dtype, CATEGORICAL)

    def levels(self) -> tuple[Level, ...]:
        """The distinct levels, sorted."""
        return tuple(map(as_json_level, sorted(set(self._values()), key=lambda value: (type(value).__name__, value))))

    def codes(self, levels: Sequence[Level]) -> Whole:
        """The position in `levels` of each row's level, (n,)."""
        number = {level: code for code, level in enumerate(levels)}
        codes = np.array([number.get(as_json_level(value), -1) for value in self._values()], dtype=np.int64)
        if (unseen := codes < 0).any():
            values = self.frame[self.name][self.rows[unseen]].to_list()
            unknown = sorted({str(as_json_level(value)) for value in values})[:5]
            self.refuse(
                unseen,
                f"{self.need}: `{self.name}` holds levels that the fit did not see, {unknown}",
                hint=f"its levels are {list(levels)}: give these customers one of them, or fit again.",
            )
        return codes

    def numbers(self) -> Array:
        """The numbers, (n,)."""
        values = numbers(self.frame, self.name, need=self.need, nullable=True)[self.rows]
        self._refuse_missing(np.isnan(values))
        return values

    def refuse_giant(self) -> None:
        """Refuse numbers of which mean and spread are not finite."""
        if not self.has_levels():
            law = f"{self.need} needs numbers of at most {LARGEST:.0e} in `{self.name}`: it is a covariate"
            self.refuse(np.abs(self.numbers()) > LARGEST, law, hint="repair these rows, or count it in a larger unit.")

    def _values(self) -> list[Any]:
        series = self.frame[self.name][self.rows]
        self._refuse_missing(nulls(series))
        return series.to_list()

    def _refuse_missing(self, missing: Mask) -> None:
        law = f"{self.need} needs `{self.name}` of every customer: it is a covariate"
        self.refuse(missing, law, hint='fill it in, or give who lacks it a level of their own: "unknown".')

    def refuse(self, broken: Mask, law: str, *, hint: str) -> None:
        """Refuse the rows under the mask `broken`, (n,), if there are any; the error shows them with their values."""
        refuse_rows(self.frame, broken, law, hint=hint, shown=["customer_id", self.name], at=self.rows)


LARGEST = 1e100
"""Largest size of a covariate: sums and squares of such numbers are finite."""


def as_json_level(value: Any) -> Level:
    """A level as a JSON type; an interval or a date becomes text.

    >>> as_json_level("web"), as_json_level(pd.Interval(20, 40))
    ('web', '(20, 40]')
    """
    return value if isinstance(value, str | int | float) else text_of(value, str)


def check_unread(customers: Any, *, need: str) -> None:
    """Refuse `customers` that is no frame, where no column of it is read."""
    if customers is not None:
        narrow(customers, need=f"{need}: `customers`")


def customer_columns(
    names: Sequence[str], summary: NarrowFrame, customers: Any, *, at: Whole, need: str
) -> list[CustomerColumn]:
    """The columns `names` of the customers at positions `at` of the summary, (n,).

    They are read from `customers`, by customer_id, where it has them, else from the summary itself.
    """
    here = [CustomerColumn(name=name, frame=summary, rows=at, need=need) for name in names]
    if customers is None:
        if missing := [name for name in names if name not in summary.columns]:
            raise DataError.because(
                f"{need} needs the covariates {missing}, which the summary does not have.",
                hint=f"customers=... with customer_id and {missing}; the summary has {list(summary.columns)}.",
            )
        return here
    known = narrow(customers, need=need)
    in_customers = [name for name in names if name in known.columns or name not in summary.columns]
    require(known, in_customers, need=f"{need}(customers=...)")
    if not in_customers:
        return here
    rows = _rows_of(summary, known, at=at, need=need)
    return [evolve(each, frame=known, rows=rows) if each.name in in_customers else each for each in here]


def _rows_of(summary: NarrowFrame, known: NarrowFrame, *, at: Whole, need: str) -> Whole:
    """The row of `customers` for each customer of the summary, (n,)."""
    require(summary, ["customer_id"], need=need)
    ids = unique_ids(known, need=f"{need}(customers=...)", hint=ONE_ROW_HINT)
    rows = positions(
        summary["customer_id"][at], among=ids, need=need, frame_name="the summary", among_name="`customers`"
    )
    law, hint = f"{need} needs every customer in `customers`", "add these customers with their covariates."
    refuse_rows(summary, rows < 0, law, hint=hint, shown=["customer_id"], at=at)
    return rows


def label_of(column: str, level: Level) -> str:
    """The label of one level of a column."""
    return f"{column}={level}"


def column_and_code(label: str, levels: Levels) -> tuple[str, int | None]:
    """The column of a label and the position of its level; None as position for a column of numbers.

    >>> column_and_code("channel=web", (("channel", ("store", "web")),)), column_and_code("age", ())
    (('channel', 1), ('age', None))
    """
    for column, names in levels:
        for code, level in enumerate(names):
            if label == label_of(column, level):
                return column, code
    return label, None


def design_matrix(sources: Sequence[CustomerColumn], *, labels: Sequence[str], levels: Levels) -> Array:
    """The values of each label for each customer, (n, m): a number, or 1 where the customer has the level, else 0."""
    known = dict(levels)
    values = {each.name: each.codes(known[each.name]) if each.name in known else each.numbers() for each in sources}
    placed = [column_and_code(label, levels) for label in labels]
    columns = [values[name] if code is None else values[name] == code for name, code in placed]
    return np.stack(columns, axis=-1).astype(np.float64)
