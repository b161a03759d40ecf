"""Needs, value and strategy of groups of customers in one table."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arguments import COLUMN, LEVEL
from kundkarriar.arrays import Array
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.engines.eagerly import handed_back, in_memory
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers, text_column
from kundkarriar.numerics.mix.group_index import group_index
from kundkarriar.numerics.money.exact_sums import by_group
from kundkarriar.products.label_groups import LabelGroups, read_by
from kundkarriar.products.needs import Needs
from kundkarriar.products.profile import index_columns, refuse_empty

NEED = "needs_profile"
VALUES = ("net_value", "clv")
MADE = (
    *("customer_id", "need", "customers", "known", "stated", "holders", "main", "weight", "share", "share_all"),
    *("index", "index_low", "index_high", "verdict", "value"),
)


def needs_profile(customers: FrameT, needs: Any, *, by: Any, value: str | None = None, level: float = 0.9) -> FrameT:
    """Need x value x strategy: what each group of customers wants, and what those who want it are worth.

    The weights of a customer count as shares that sum to 1, so each customer whose needs are known counts once. What a
    customer stated goes before what a survey says.

    Args:
        customers: one row per customer: customer_id, the columns of `by`, and the value, as `career.customers()` with
            the strategies of `playbook.assign`.
        needs: customer_id, need (text), weight (at least 0, of any unit), and optional source ("stated" or "surveyed";
            without it all are stated).
        by: columns whose values, crossed, are the groups: ["abc", "strategy"].
        value: the column of value; None: net_value, or clv without it. A missing value counts as 0.
        level: level of the intervals of the index.

    Returns:
        One row per group and need, in the order of their labels: the columns of `by`; need; customers; known (those of
        them whose needs are known), stated (those who stated them); holders (with a weight on the need), main
        (customers whose largest need it is; of equal ones the first by letters); weight (sum of shares); share (weight
        per known customer, 0 to 1, which sum to 1), share_all (the same of all), index (100 x share / share_all),
        index_low, index_high, verdict (as `kk.profile`); value (sum of the value of customers x their share: the needs
        of a group sum to the value of its known customers).

    Raises:
        DataError: a column is missing; ids twice; faulty needs; a value that is no number.

    Warns:
        DataWarning: needs of customers who are not in `customers`.

    >>> import pandas as pd
    >>> customers = pd.DataFrame({"customer_id": [1, 2, 3], "strategy": ["grow", "grow", "keep"], "clv": [10, 20, 90]})
    >>> needs = pd.DataFrame({"customer_id": [1, 2, 2, 3], "need": ["cheap", "cheap", "safe", "safe"],
    ...                       "weight": [5, 1, 3, 2]})
    >>> needs_profile(customers, needs, by="strategy")[["strategy", "need", "holders", "share", "value"]]
      strategy   need  holders  share  value
    0     grow  cheap        2  0.625   15.0
    1     grow   safe        1  0.375   15.0
    2     keep  cheap        0  0.000    0.0
    3     keep   safe        1  1.000   90.0
    """
    level = LEVEL.read(level, "level")
    frame = narrow(in_memory(customers), need=NEED)
    names = read_by(by, frame, taken=MADE, need=NEED)
    ids = unique_ids(frame, need=NEED, hint=ONE_ROW_HINT)
    refuse_empty(len(ids), need=NEED)
    worth = _worth(frame, value)
    groups = LabelGroups.of({name: frame[name].to_list() for name in names}, need=NEED)
    read = Needs.read(needs, customers=ids, need=NEED)
    G, C = groups.number, len(read.words)
    found = group_index(
        group=groups.code,
        groups=G,
        customer=read.customer,
        category=read.need,
        amount=read.weight,
        categories=C,
        level=level,
    )
    table = read.table()
    cell = groups.code[read.customer] * C + read.need
    valued = by_group(read.weight * worth[read.customer], cell, size=G * C)
    main = np.bincount((groups.code * C + table.argmax(axis=1))[read.known], minlength=G * C)
    of_group = {
        "customers": np.bincount(groups.code, minlength=G),
        "known": np.bincount(groups.code[read.known], minlength=G),
        "stated": np.bincount(groups.code[read.stated], minlength=G),
    }
    like = frame.to_native()
    columns: dict[str, Any] = {
        name: [label for label in labels for _ in range(C)] for name, labels in groups.labels.items()
    }
    columns["need"] = text_column(read.words * G, like=like)
    columns |= {name: np.repeat(values, C) for name, values in of_group.items()}
    columns |= {
        "holders": found.buyers.ravel(),
        "main": main,
        "weight": found.amount.ravel(),
        **index_columns(found, like=like),
        "value": valued,
    }
    answer: FrameT = handed_back(new_frame(columns, like=like), like=customers)
    return answer


def value_column(frame: NarrowFrame) -> str | None:
    """The column of net value, or of value before costs; None where there is neither."""
    return next((name for name in VALUES if name in frame.columns), None)


def _worth(frame: NarrowFrame, value: str | None) -> Array:
    """The value of each customer, (n,); 0 where it is missing."""
    if value is None:
        column = value_column(frame)
        if column is None:
            raise DataError.because(
                f"{NEED} needs a column of value, and finds none of {list(VALUES)}.",
                hint=f'value="..." names one; the DataFrame has {frame.columns}.',
            )
    else:
        column = COLUMN.read(value, "value")
    return np.nan_to_num(numbers(frame, column, need=NEED, nullable=True))
