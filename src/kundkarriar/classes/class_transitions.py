"""Transitions between ABC classes of two dates: number of customers and value by the class before and the class now."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.classes.class_column import read_classes
from kundkarriar.classes.limits import CLASSES
from kundkarriar.classes.value_column import values_of
from kundkarriar.customer_ids import ONE_ROW_HINT, as_one_type, positions, unique_ids
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, text_column
from kundkarriar.numerics.money.exact_sums import by_group

NEED = "class_transitions"
NEW, GONE = "new", "gone"


def class_transitions(before: FrameT, after: Any, *, by: str | None = None) -> FrameT:
    """Number of customers and value by the class before and the class now: who rose, who fell, and with what.

    Args:
        before: classes of the earlier date, customer_id, abc and a column of values: from `ABCClassifier.classify` or
            `career.customers()`.
        after: those of the later date.
        by: the column of values; None takes `net_value`, or `clv` without one.

    Returns:
        One row per combination that occurs, A to D, then customers without a class, then those not in the frame:
        abc_before ("new" for customers who are not in `before`; missing without a class), abc_now ("gone" for those not
        in `after`), customers, share (of the customers with this abc_before), value_before, value_now (sums of the
        known values; missing where there is none). Every customer is in one row.

    Raises:
        DataError: a column is missing, a class is unknown, or a customer has two rows.

    >>> import pandas as pd
    >>> last = pd.DataFrame({"customer_id": [1, 2, 3], "abc": ["A", "B", "B"], "clv": [60.0, 20.0, 10.0]})
    >>> now = pd.DataFrame({"customer_id": [1, 2, 4], "abc": ["A", "A", "C"], "clv": [50.0, 40.0, 5.0]})
    >>> class_transitions(last, now)
      abc_before abc_now  customers  share  value_before  value_now
    0          A       A          1    1.0          60.0       50.0
    1          B       A          1    0.5          20.0       40.0
    2          B    gone          1    0.5          10.0        NaN
    3        new       C          1    1.0           NaN        5.0
    """
    frames = [narrow(each, need=NEED) for each in (before, after)]
    first, second = (unique_ids(each, need=NEED, hint=ONE_ROW_HINT) for each in frames)
    named = {"need": NEED, "frame_name": "`after`", "among_name": "`before`"}
    second, first = as_one_type(second, first, **named)
    at = positions(second, among=first, **named)
    gone = np.flatnonzero(positions(first, among=second, **named) < 0)
    here, there = at >= 0, at[at >= 0]
    codes, value = zip(*(_classes_and_values(each, by) for each in frames), strict=True)
    n, absent = len(at), len(CLASSES) + 1
    old, now = np.full((2, n + len(gone)), absent)
    old_value, now_value = np.full((2, n + len(gone)), np.nan)
    old[:n][here], old_value[:n][here], now[:n], now_value[:n] = codes[0][there], value[0][there], codes[1], value[1]
    old[n:], old_value[n:] = codes[0][gone], value[0][gone]
    cells, cell = np.unique(old * (absent + 1) + now, return_inverse=True)
    places = np.divmod(cells, absent + 1)
    customers = np.bincount(cell, minlength=len(cells))
    return new_frame(
        {
            "abc_before": text_column((*CLASSES, None, NEW), places[0], like=before),
            "abc_now": text_column((*CLASSES, None, GONE), places[1], like=before),
            "customers": customers,
            "share": customers / np.bincount(places[0], weights=customers, minlength=absent + 1)[places[0]],
            "value_before": _known_sums(old_value, cell, size=len(cells)),
            "value_now": _known_sums(now_value, cell, size=len(cells)),
        },
        like=before,
    )


def _classes_and_values(frame: NarrowFrame, by: str | None) -> tuple[Whole, Array]:
    """Position of each customer's class in `CLASSES`, one more where it is missing, and the value, each (n,)."""
    codes = read_classes(frame, need=NEED)
    return np.where(codes < 0, len(CLASSES), codes), values_of(frame, by, need=NEED)


def _known_sums(values: Array, cell: Whole, *, size: int) -> Array:
    """The sum of the known values of each cell, (size,); NaN where none is known."""
    known = np.isfinite(values)
    held = by_group(values[known], cell[known], size=size)
    return np.where(np.bincount(cell[known], minlength=size) > 0, held, np.nan)
