"""Laws of repeat buying that every row of a summary obeys; rows that break one are refused."""

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.frames import NarrowFrame, numbers, refuse_rows
from kundkarriar.summaries.purchase_rows import PurchaseRows

MOST_PURCHASES = 1_000_000
"""Largest frequency: likelihoods tabulate logarithms up to it."""
MOST_PERIODS = 1e9
"""Largest age `T`: a billion days is no customer's age, and for far longer times powers overflow."""
SHOWN = ("customer_id", "frequency", "recency", "T")
GAP_LOG_SUM = "gap_log_sum"
SHORTEST_LOG = -100.0
"""Least mean logarithm of gaps: e^-100 of any unit is no time."""
SLACK = 0.01
"""Tolerance of the logarithm of a gap: files round `recency`; a week taken for a day is off by 1.9."""


def refuse_impossible(frame: NarrowFrame, rows: PurchaseRows, position: Whole, *, need: str) -> None:
    """Refuse rows whose frequency, recency and T contradict each other; the most basic law is checked first."""
    slack = 1e-9 * np.abs(rows.T)  # recency and T may be computed differently
    laws = (
        (rows.x < 0, "`frequency` counts repeat purchases: at least 0", "see kk.summarize."),
        (rows.x != np.floor(rows.x), "`frequency` counts repeat purchases: whole numbers", "see kk.summarize."),
        (
            rows.x > MOST_PURCHASES,
            f"`frequency` counts repeat purchases of one customer: at most {MOST_PURCHASES:,}",
            "an account that sums up many customers (a counter sale) is no customer: leave it out.",
        ),
        (rows.T < 0, "`T` is the age since the first purchase: at least 0", "as_of lies before it."),
        (
            rows.T > MOST_PERIODS,
            f"`T` is an age: at most {MOST_PERIODS:,.0f} periods",
            "see kk.summarize(..., period=...).",
        ),
        (rows.t_x < 0, "`recency` is the age at the last purchase: at least 0", "see kk.summarize."),
        (
            rows.t_x > rows.T + slack,
            "`recency` must not exceed `T`",
            "both count from the first purchase; as_of must not lie before the last one.",
        ),
        (
            (rows.t_x == 0) & (rows.x > 0),
            "`recency` is above 0 where `frequency` is",
            "purchases of one day are one: kk.summarize(..., merge='D').",
        ),
        (
            (rows.t_x > 0) & (rows.x == 0),
            "`recency` is 0 where `frequency` is 0",
            "`recency` counts from the first purchase to the last, not back from today.",
        ),
    )
    for broken, law, hint in laws:
        refuse_rows(frame, broken, f"{need}: {law}", hint=hint, shown=SHOWN, at=position)


def refuse_impossible_gaps(frame: NarrowFrame, rows: PurchaseRows, position: Whole, *, need: str) -> None:
    """Refuse a `gap_log_sum` that no gaps can have: they add up to recency, and equal gaps maximise the sum of logs."""
    if rows.gap_log_sum is None:
        return
    bought = rows.x > 0
    even = rows.x * (np.log(np.where(bought, rows.t_x, 1.0)) - np.log(np.where(bought, rows.x, 1.0)))
    off = rows.gap_log_sum - even
    laws = (
        (off > SLACK * rows.x, "`gap_log_sum` is at most frequency x ln(recency / frequency): where gaps are even"),
        ((rows.x == 1) & (off < -SLACK), "`gap_log_sum` is ln(recency) where there is one gap"),
        ((rows.x == 0) & (off != 0), "`gap_log_sum` is 0 where there is no gap"),
        (rows.gap_log_sum < SHORTEST_LOG * rows.x, "`gap_log_sum` is of gaps above 0"),
    )
    for broken, law in laws:
        hint = "it sums the natural logarithms of the gaps in the unit of `recency`: "
        hint += "kk.summarize(transactions, as_of=..., regularity=True)."
        refuse_rows(frame, broken, f"{need}: {law}", hint=hint, shown=[*SHOWN, GAP_LOG_SUM], at=position)


def refuse_other_counts(frame: NarrowFrame, prospect: Mask, *, need: str) -> None:
    """Refuse buyers whose `n_transactions` is not `frequency` + 1."""
    if "n_transactions" not in frame.columns:
        return
    days, repeats = (numbers(frame, name, need=need, nullable=True) for name in ("n_transactions", "frequency"))
    refuse_rows(
        frame,
        ~prospect & (days != repeats + 1),
        f"{need}: `n_transactions` is `frequency` + 1, and 0 for prospects",
        hint="both count purchase days, `frequency` without the first; leave `n_transactions` out if it counts "
        "something else.",
        shown=["customer_id", "n_transactions", "frequency"],
    )
