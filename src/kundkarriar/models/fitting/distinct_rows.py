"""`distinct_rows`: a summary reduced to its distinct rows, with the number of customers of each."""

import numpy as np

from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.season.season_clock import WARPED_COLUMNS
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.packed_gaps import GAPS
from kundkarriar.summaries.required_weights import N_CUSTOMERS, refuse_unweighted_rows


def distinct_rows(summary: FrameT, *, period: str | None = None) -> FrameT:
    """The distinct (frequency, recency, T) of a summary, with the number of customers of each.

    Of a summary with `gaps` they are the distinct gaps, in any order, and time since the last purchase.

    A fit to these rows, `model.fit(rows, weights="n_customers")`, gives the same parameters as a fit to the customers.
    Covariates and spend are not kept.

    Args:
        summary: one row per customer, as from `kk.summarize`. Prospects are left out, as in a fit.
        period: unit of time, for a frame without a column `period`.

    Returns:
        frequency (int), recency, T, n_customers (int), period, in order of first appearance; also gap_log_sum, the
        mean over the customers of a row, and gaps, where the summary has them, and entry where some customers may be
        older than the data: they have rows of their own.

    Raises:
        DataError: impossible rows, or rows that are distinct already.

    >>> import pandas as pd
    >>> alike = pd.DataFrame({"frequency": [2, 0, 2], "recency": [30.0, 0, 30], "T": [38.0, 38, 38]})
    >>> distinct_rows(alike, period="W")
       frequency  recency     T  n_customers period
    0          2     30.0  38.0            2      W
    1          0      0.0  38.0            1      W
    """
    hint = "pass the summary itself; these rows are distinct already."
    refuse_unweighted_rows(summary, need="distinct_rows", hint=hint)
    table = narrow(summary, need="distinct_rows")
    gaps = GAPS in table.columns
    checked = read_purchase_rows(table, need="distinct_rows", period=period, gaps=gaps)
    distinct = checked.rows.distinct(period=checked.period)
    rows, n = distinct.rows, len(distinct.rows)
    warped = WARPED_COLUMNS if set(WARPED_COLUMNS) <= set(table.columns) else ()
    # of the first customer of each row: under a season gaps are measured from the first purchase on
    names = (GAPS, "first_purchase") if warped else (GAPS,)
    kept = names if gaps else ()
    first = checked.position[np.unique(distinct.inverse, return_index=True)[1]]
    entry = {}
    if rows.older is not None:
        entry["entry"] = text_column(["known", "unknown"], rows.older.astype(np.int64), like=table)
    return new_frame(
        {
            "frequency": rows.x.astype(np.int64),
            "recency": rows.t_x,
            "T": rows.T,
            N_CUSTOMERS: rows.weights.astype(np.int64),
            "period": [checked.period] * n,
            **({} if rows.gap_log_sum is None else {"gap_log_sum": rows.gap_log_sum}),
            **entry,
            **{name: table[name][first] for name in kept},
            **{name: [table[name][0]] * n for name in warped},
        },
        like=summary,
    )
