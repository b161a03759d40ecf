"""Customers alike in everything a purchase model asks, as one row with their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.frames import narrow, new_frame
from kundkarriar.history.summary.counted_rows import COUNTS, refuse_uncounted
from kundkarriar.history.summary.purchase_rows import read_purchase_rows
from kundkarriar.season.clock import MARKED

if TYPE_CHECKING:
    from kundkarriar.frames import FrameT, NarrowFrame


def distinct_rows(summary: FrameT, *, period: str | None = None) -> FrameT:
    """Each different (frequency, recency, T) once, with how many customers share it.

    A fit to these rows, `model.fit(rows, weights="n_customers")`, is the fit to the customers themselves.
    Nothing else of the summary is kept: neither covariates nor spend.

    Args:
        summary: one row per customer, as from `kk.summarize`; prospects and customers whose beginning lies
            before the data are left out, as a fit would leave them out.
        period: the unit of time of a hand-made frame without a column `period`.

    Returns:
        frequency (int), recency, T, n_customers (int), period, in order of first appearance; and gap_log_sum, the
        mean of those alike, where the summary has it.

    >>> import pandas as pd
    >>> alike = pd.DataFrame({"frequency": [2, 0, 2], "recency": [30.0, 0, 30], "T": [38.0, 38, 38]})
    >>> distinct_rows(alike, period="W")
       frequency  recency     T  n_customers period
    0          2     30.0  38.0            2      W
    1          0      0.0  38.0            1      W
    """
    hint = "pass the summary itself; these rows are distinct already."
    refuse_uncounted(summary, need="distinct_rows", hint=hint)
    checked = read_purchase_rows(summary, need="distinct_rows", period=period)
    rows = checked.to_fit().distinct(period=checked.period).rows
    return new_frame(
        {
            "frequency": rows.x.astype(np.int64),
            "recency": rows.t_x,
            "T": rows.T,
            COUNTS: rows.weights.astype(np.int64),
            "period": [checked.period] * len(rows),
            **({} if rows.gap_log_sum is None else {"gap_log_sum": rows.gap_log_sum}),
            **_marked(narrow(summary, need="distinct_rows"), len(rows)),
        },
        like=summary,
    )


def _marked(summary: NarrowFrame, n: int) -> dict[str, list[Any]]:
    """Which season the rows' time runs by, as the summary says it."""
    return {name: [summary[name][0]] * n for name in MARKED} if set(MARKED) <= set(summary.columns) else {}
