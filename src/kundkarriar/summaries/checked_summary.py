"""Reading of a summary frame for purchase models: every check, and the rows of the customers who bought."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import require_unique_ids
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, distinct_values, narrow, require
from kundkarriar.season.season_clock import read_season_key
from kundkarriar.summaries.purchase_rows import PurchaseRows
from kundkarriar.summaries.summary_columns import read_known, read_prospects, read_unknown, read_weights
from kundkarriar.summaries.summary_laws import (
    GAPS,
    SHOWN,
    refuse_impossible,
    refuse_impossible_gaps,
    refuse_other_counts,
)
from kundkarriar.summaries.table_kind import SUMMARY, refuse_another_table


@frozen(kw_only=True, eq=False)
class CheckedSummary:
    """A summary that passed every check.

    Attributes:
        rows: the customers with at least one purchase, in the order of the frame, (n,).
        position: the frame row of each of them, (n,).
        prospect: which frame rows are customers without a purchase, (N,).
        unknown: which frame rows have entry "unknown" (may be older than the data): predicted, not fitted, (N,).
        period: the unit of `recency` and `T`.
        season: the key of the season that warps `recency` and `T`; None for calendar time.
    """

    rows: PurchaseRows
    position: Whole
    prospect: Mask
    unknown: Mask
    period: str
    season: str | None = None

    def to_fit(self) -> PurchaseRows:
        """The rows that enter a fit: those with a known entry."""
        return self.rows.at(~self.unknown[self.position]) if self.unknown.any() else self.rows

    def spread(self, values: Array) -> Array:
        """Expand one value per row of `rows`, (n,), to the whole frame, (N,); NaN for prospects."""
        if len(self.position) == len(self.prospect):
            return values
        whole = np.full(len(self.prospect), np.nan)
        whole[self.position] = values
        return whole


def read_purchase_rows(
    summary: object, *, need: str, period: str | None = None, weights: str | None = None
) -> CheckedSummary:
    """Check a summary frame and read the data of a purchase model.

    Args:
        summary: frequency, recency, T; optional customer_id (unique unless rows are weighted), period,
            n_transactions (0 for a prospect), entry, gap_log_sum.
        need: the caller's name, which starts the messages.
        period: the expected unit; required without a column `period`.
        weights: the column with the number of customers per row; None if each row is one customer.

    Raises:
        DataError: a column is missing, or rows break a law of repeat buying; the message shows the first rows.
    """
    frame = narrow(summary, need=need)
    refuse_another_table(frame, wanted=SUMMARY, need=need)
    require(frame, ["frequency", "recency", "T", *([weights] if weights else [])], need=need)
    if len(frame) == 0:
        raise DataError.because(
            f"{need} needs customers, got an empty summary.",
            hint="check the dates given to kk.summarize(transactions, as_of=...).",
        )
    require_unique_ids(frame, need=need, weights=weights)
    unit = _period(frame, need=need, expected=period)
    prospect = read_prospects(frame, need=need)
    position = np.flatnonzero(~prospect)
    rows = PurchaseRows(
        x=read_known(frame, "frequency", need=need, prospect=prospect),
        t_x=read_known(frame, "recency", need=need, prospect=prospect),
        T=read_known(frame, "T", need=need, prospect=prospect),
        weights=read_weights(frame, weights, need=need, shown=SHOWN)[position],
        gap_log_sum=read_known(frame, GAPS, need=need, prospect=prospect) if GAPS in frame.columns else None,
    )
    refuse_impossible(frame, rows, position, need=need)
    refuse_impossible_gaps(frame, rows, position, need=need)
    refuse_other_counts(frame, prospect, need=need)
    return CheckedSummary(
        rows=rows,
        position=position,
        prospect=prospect,
        unknown=read_unknown(frame, prospect, need=need),
        period=unit,
        season=read_season_key(frame, need=need),
    )


def _period(frame: NarrowFrame, *, need: str, expected: str | None) -> str:
    if expected is not None and expected not in DAYS:
        raise DataError.because(
            f"`period` must be one of {list(DAYS)}, got {expected!r}.", hint='write period="W" for weeks.'
        )
    if "period" not in frame.columns:
        if expected is None:
            raise DataError.because(
                f"{need} must know the unit of `recency` and `T`: the summary has no column `period`.",
                hint='write .fit(summary, period="W") for weeks, or use kk.summarize(transactions, as_of=...).',
            )
        return expected
    units = distinct_values(frame["period"])
    if len(units) != 1 or units[0] not in DAYS:
        raise DataError.because(
            f"{need} needs one unit of time in `period`, found {units[:5]}.",
            hint='summarize all customers with the same period, "D", "W", "M" or "Y".',
        )
    if expected is not None and units[0] != expected:
        raise DataError.because(
            f'{need} counts time in "{expected}", the summary in "{units[0]}".',
            hint=f'summarize with kk.summarize(..., period="{expected}").',
        )
    return str(units[0])
