"""Which column says what a customer is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kundkarriar.errors import DataError
from kundkarriar.frames import numbers
from kundkarriar.history.customer_ids import ONE_EACH, one_row_each

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame

FIRST_CHOICE = ("net_value", "clv")


def value_column(frame: NarrowFrame, by: str | None, *, need: str) -> str:
    """`by`, or where it is None the net value, or the clv where no costs were given.

    Raises:
        DataError: the column is not there.
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


def values_of(frame: NarrowFrame, by: str | None, *, need: str) -> NDArray[np.float64]:
    """The value of each customer, (n,); NaN where it is missing (prospects).

    Raises:
        DataError: the column is not there or holds no numbers; of a frame with ids, one that is none, or twice.
    """
    one_row_each(frame, need=need, hint=ONE_EACH)
    return numbers(frame, value_column(frame, by, need=need), need=need, nullable=True)
