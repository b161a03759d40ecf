"""The summary of simulated customers, as columns of a frame."""

from itertools import pairwise
from typing import Any

import numpy as np

from kundkarriar.dates.period import DAYS
from kundkarriar.summaries.packed_gaps import GAPS
from kundkarriar.summaries.purchase_rows import PurchaseRows


def simulated_summary(rows: PurchaseRows, *, period: str, **further: Any) -> dict[str, Any]:
    """The columns of a summary of simulated rows, customers numbered from 1, with `further` columns.

    Gaps are of continuous time, as `recency` and `T` are: days with fractions.

    >>> columns = simulated_summary(PurchaseRows(x=[2], t_x=[5.0], T=[9.0], weights=[1]), period="W")
    >>> list(columns), columns["period"]
    (['customer_id', 'frequency', 'recency', 'T', 'n_transactions', 'period'], ['W'])
    """
    columns: dict[str, Any] = {
        "customer_id": np.arange(1, len(rows) + 1),
        "frequency": rows.x.astype(np.int64),
        "recency": rows.t_x,
        "T": rows.T,
        "n_transactions": rows.x.astype(np.int64) + 1,
        "period": [period] * len(rows),
    }
    if rows.gap_log_sum is not None:
        columns["gap_log_sum"] = rows.gap_log_sum
    if rows.gaps is not None:
        days = [np.format_float_positional(each, trim="-") for each in rows.gaps.length * DAYS[period]]
        columns[GAPS] = [" ".join(days[start:end]) for start, end in pairwise(rows.gaps.starts.tolist())]
    return {**columns, **further}
