"""The summary of simulated customers."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.dates.period import DAYS
from kundkarriar.summaries.packed_gaps import GAPS
from kundkarriar.summaries.purchase_rows import PurchaseRows


def simulated_summary(rows: PurchaseRows, *, period: str, **further: Any) -> pd.DataFrame:
    """A summary of simulated rows, customers numbered from 1, with `further` columns.

    Gaps are of continuous time, as `recency` and `T` are: days with fractions.

    >>> simulated_summary(PurchaseRows(x=[2], t_x=[5.0], T=[9.0], weights=[1]), period="W")
       customer_id  frequency  recency    T  n_transactions period
    0            1          2      5.0  9.0               3      W
    """
    columns = {
        "customer_id": np.arange(1, len(rows) + 1),
        "frequency": rows.x.astype(np.int64),
        "recency": rows.t_x,
        "T": rows.T,
        "n_transactions": rows.x.astype(np.int64) + 1,
        "period": period,
    }
    if rows.gap_log_sum is not None:
        columns["gap_log_sum"] = rows.gap_log_sum
    if rows.gaps is not None:
        days = [np.format_float_positional(each, trim="-") for each in rows.gaps.length * DAYS[period]]
        columns[GAPS] = [" ".join(days[start:end]) for start, end in pairwise(rows.gaps.starts.tolist())]
    return pd.DataFrame({**columns, **further})
