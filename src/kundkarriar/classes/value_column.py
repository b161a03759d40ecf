"""The column of customer values: `net_value`, `clv`, or the one that is named."""

from __future__ import annotations

from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, require_unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, numbers

FIRST_CHOICE = ("net_value", "clv")


def value_column(frame: NarrowFrame, by: str | None, *, need: str) -> str:
    """The name of the column of values: `by`; if None `net_value`, or `clv` without one.

    Raises:
        DataError: the column is missing.
    """
    choices = FIRST_CHOICE if by is None else (by,)
    for name in choices:
        if name in frame.columns:
            return name
    if by is not None:
        raise DataError.missing_columns([by], have=frame.columns, need=need)
    raise DataError.because(
        f"{need} needs a value per customer, and finds neither `net_value` nor `clv`.",
        hint=f'name the column: by="...". The DataFrame has {list(frame.columns)}.',
    )


def values_of(frame: NarrowFrame, by: str | None, *, need: str) -> Array:
    """The value of each customer, (n,); NaN if missing (prospects).

    Raises:
        DataError: the column is missing or holds no numbers; an id is missing or repeated.
    """
    require_unique_ids(frame, need=need, hint=ONE_ROW_HINT)
    return numbers(frame, value_column(frame, by, need=need), need=need, nullable=True)
