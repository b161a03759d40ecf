"""The grid of rung by ABC class: number of customers and value in each combination."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.classes.limits import CLASSES
from kundkarriar.classes.value_column import shares_of, values_of
from kundkarriar.errors import text_of
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers, require, text_column
from kundkarriar.numerics.money.exact_sums import by_group

NEED = "The grid of rung and class"


def grid(customers: FrameT, *, by: str | None = None) -> FrameT:
    """Number of customers and value in each combination of rung and class.

    Returns:
        One row per combination that occurs, lowest rung first, then A to D, customers without a class last:
        rung, rung_number, abc, customers, value (sum of the known values; missing if none is known),
        share_of_value (of the sum of positive values over all customers; negative for losses in D),
        mean_value. `customers` sums to the number of rows.

    >>> import pandas as pd
    >>> customers = pd.DataFrame({
    ...     "rung": ["repeat buyer", "trial buyer", "repeat buyer"], "rung_number": [2, 1, 2],
    ...     "abc": ["A", "B", "A"], "clv": [60.0, 20.0, 20.0],
    ... })
    >>> grid(customers)
               rung  rung_number abc  customers  value  share_of_value  mean_value
    0   trial buyer            1   B          1   20.0             0.2        20.0
    1  repeat buyer            2   A          2   80.0             0.8        40.0
    """
    frame = narrow(customers, need=NEED)
    require(frame, ["rung", "rung_number", "abc"], need=NEED)
    values = values_of(frame, by, need=NEED)
    rungs, rung = rung_order(frame, need=NEED)
    classes, abc = _class_order(frame["abc"].to_list())
    cells, place = np.unique(rung * len(classes) + abc, return_inverse=True)
    places = [(rungs[at // len(classes)], classes[at % len(classes)]) for at in cells.tolist()]
    known = np.isfinite(values)
    with_value = np.bincount(place[known], minlength=len(places))
    held = by_group(values[known], place[known], size=len(places))
    value = np.where(with_value > 0, held, np.nan)
    return new_frame(
        {
            "rung": text_column([name for (_, name), _ in places], like=customers),
            "rung_number": np.array([number for (number, _), _ in places], dtype=np.int64),
            "abc": text_column([name for _, name in places], like=customers),
            "customers": np.bincount(place, minlength=len(places)),
            "value": value,
            "share_of_value": shares_of(value, values=values),
            "mean_value": value / np.maximum(with_value, 1),
        },
        like=customers,
    )


def rung_order(frame: NarrowFrame, *, need: str) -> tuple[list[tuple[int, str]], Whole]:
    """Number and name of the rungs that occur, lowest first, and the position of each customer's rung, (n,).

    >>> import narwhals.stable.v2 as nw, pandas as pd
    >>> customers = pd.DataFrame({"rung": ["client", "prospect", "client"], "rung_number": [4, 1, 4]})
    >>> rungs, position = rung_order(nw.from_native(customers), need="This example")
    >>> rungs, position.tolist()
    ([(1, 'prospect'), (4, 'client')], [1, 0, 1])
    """
    require(frame, ["rung", "rung_number"], need=need)
    number = map(int, numbers(frame, "rung_number", need=need).tolist())
    rung_of_row = list(zip(number, (text_of(rung, str) for rung in frame["rung"].to_list()), strict=True))
    rungs = sorted(set(rung_of_row))
    at = {rung: position for position, rung in enumerate(rungs)}
    return rungs, np.array([at[rung] for rung in rung_of_row], dtype=np.int64)


def _class_order(column: list[Any]) -> tuple[list[str | None], Whole]:
    """The classes from A, the missing one (NaN in pandas, None in polars) last; the position of each row's class."""
    named = [name if isinstance(name, str) else None for name in column]
    classes = [*CLASSES, *sorted({name for name in named if name is not None} - set(CLASSES)), None]
    at = {name: position for position, name in enumerate(classes)}
    return classes, np.array([at[name] for name in named], dtype=np.int64)
