"""Rows of a frame that are equal to an earlier row in every column."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Mask
from kundkarriar.frames import NarrowFrame
from kundkarriar.orders.order_lines import with_hash


def repeated_rows(frame: NarrowFrame) -> Mask:
    """Whether each row is equal to an earlier one in every column, (n,).

    >>> import pandas as pd
    >>> repeated_rows(nw.from_native(pd.DataFrame({"a": [1, 1, 1], "b": ["x", "y", "x"]}), eager_only=True)).tolist()
    [False, False, True]
    """
    given = nw.maybe_reset_index(frame)
    # a column may have any name in pandas, also a number
    columns = [with_hash(given.get_column(name)).alias(str(i)) for i, name in enumerate(given.columns)]
    columns = [column + 0.0 if column.dtype.is_float() else column for column in columns]  # -0.0 is 0.0, also in Arrow
    table = nw.concat([column.to_frame() for column in columns], how="horizontal")
    first = table.with_row_index("first row").unique(subset=table.columns, keep="first")["first row"]
    repeated = np.ones(len(table), dtype=bool)
    repeated[first.to_numpy()] = False
    return repeated
