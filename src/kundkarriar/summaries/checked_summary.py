"""Reading of tables for purchase models: every check of a summary, and the rows of the customers who bought."""

from typing import Generic, TypeAlias, TypeVar

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.season.season_clock import read_season_key
from kundkarriar.summaries.packed_gaps import read_gaps
from kundkarriar.summaries.purchase_rows import PurchaseRows
from kundkarriar.summaries.summary_columns import read_known, read_prospects, read_unknown, read_weights
from kundkarriar.summaries.summary_laws import (
    GAP_LOG_SUM,
    SHOWN,
    refuse_impossible,
    refuse_impossible_gaps,
    refuse_other_counts,
)
from kundkarriar.summaries.table_kind import SUMMARY, read_table, read_unit
from kundkarriar.summaries.weighted_rows import WeightedRows

RowsT = TypeVar("RowsT", bound=WeightedRows)


@frozen(kw_only=True, eq=False)
class CheckedRows(Generic[RowsT]):
    """A table of customers that passed every check.

    Attributes:
        rows: the customers with at least one purchase, in the order of the frame, (n,).
        position: the frame row of each of them, (n,).
        prospect: which frame rows are customers without a purchase, (N,).
        unknown: which frame rows have entry "unknown": customers who may be older than the data, (N,).
        period: the unit of time, as typed: "W".
        season: the key of the season that warps the time of a summary; None for calendar time.
        weights: the number of customers of each frame row, (N,); None: one.
    """

    rows: RowsT
    position: Whole
    prospect: Mask
    unknown: Mask
    period: str
    season: str | None = None
    weights: Array | None = None

    def customers(self, which: Mask) -> int:
        """The number of customers of the frame rows `which`, (N,)."""
        return int(which.sum() if self.weights is None else self.weights[which].sum())

    def to_fit(self) -> RowsT:
        """The rows of a known entry, to which models of opportunities are fitted."""
        return self.rows.at(~self.unknown[self.position]) if self.unknown.any() else self.rows

    def spread(self, values: Array) -> Array:
        """Expand one value per row of `rows`, (n,), to the whole frame, (N,); NaN for prospects."""
        if len(self.position) == len(self.prospect):
            return values
        whole = np.full(len(self.prospect), np.nan)
        whole[self.position] = values
        return whole


CheckedSummary: TypeAlias = CheckedRows[PurchaseRows]


def read_purchase_rows(
    summary: object, *, need: str, period: str | None = None, weights: str | None = None, gaps: bool = False
) -> CheckedSummary:
    """Check a summary frame and read the data of a purchase model.

    Args:
        summary: frequency, recency, T; optional customer_id (unique unless rows are weighted), period,
            n_transactions (0 for a prospect), entry, gap_log_sum.
        need: the caller's name, which starts the messages.
        period: the expected unit; required without a column `period`.
        weights: the column with the number of customers per row; None if each row is one customer.
        gaps: whether to read the column `gaps` too, which models of customers who return need.

    Raises:
        DataError: a column is missing, or rows break a law of repeat buying; the message shows the first rows.
    """
    frame = read_table(summary, kind=SUMMARY, need=need, weights=weights)
    unit = read_unit(frame, kind=SUMMARY, need=need, expected=period)
    prospect = read_prospects(frame, need=need)
    position = np.flatnonzero(~prospect)
    unknown = read_unknown(frame, prospect, need=need)
    older = unknown[position]
    x, t_x, T = (read_known(frame, column, need=need, prospect=prospect) for column in SUMMARY.columns)
    counts = read_weights(frame, weights, need=need, shown=SHOWN)
    has_log_sum = GAP_LOG_SUM in frame.columns
    rows = PurchaseRows(
        x=x,
        t_x=t_x,
        T=T,
        weights=counts[position],
        gap_log_sum=read_known(frame, GAP_LOG_SUM, need=need, prospect=prospect) if has_log_sum else None,
        older=older if older.any() else None,
    )
    refuse_impossible(frame, rows, position, need=need)
    refuse_impossible_gaps(frame, rows, position, need=need)
    refuse_other_counts(frame, prospect, need=need)
    season = read_season_key(frame, need=need)
    if gaps:
        rows = evolve(rows, gaps=read_gaps(frame, rows, position, period=unit, season=season, need=need))
    return CheckedRows(
        rows=rows,
        position=position,
        prospect=prospect,
        unknown=unknown,
        period=unit,
        season=season,
        weights=counts,
    )
