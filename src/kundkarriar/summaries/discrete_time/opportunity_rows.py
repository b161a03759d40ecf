"""Rows of BG/BB, read and checked from a table of opportunities: frequency, recency, number of opportunities."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.frames import NarrowFrame, numbers, refuse_rows
from kundkarriar.summaries.checked_summary import CheckedRows
from kundkarriar.summaries.summary_columns import read_known, read_prospects, read_unknown, read_weights
from kundkarriar.summaries.table_kind import OPPORTUNITIES, read_table, read_unit
from kundkarriar.summaries.weighted_rows import WeightedRows, as_rows

SHOWN = ("customer_id", "frequency", "recency", "n_opportunities")
MOST = 100_000
"""Largest number of opportunities: sums run over them."""


@frozen(kw_only=True, eq=False)
class OpportunityRows(WeightedRows):
    """The data of BG/BB; a row may stand for several customers with equal data (`weights`).

    Attributes:
        x: frequency: opportunities taken after the first purchase, (n,), whole numbers.
        t_x: recency: number of the last opportunity taken, (n,), 0 if none was.
        n: number of opportunities, (n,), at least `t_x`.
        weights: number of customers each row stands for, (n,).
    """

    x: Array = field(converter=as_rows)
    t_x: Array = field(converter=as_rows)
    n: Array = field(converter=as_rows)
    weights: Array = field(converter=as_rows)

    def distinct(self) -> tuple[OpportunityRows, Whole]:
        """The distinct rows (x, t_x, n) with their weights, and the index of the distinct row of each row.

        >>> rows = OpportunityRows(x=[1, 0, 1], t_x=[2, 0, 2], n=[6, 6, 6], weights=[1, 1, 1])
        >>> rows.distinct()[0].weights
        array([1., 2.])
        """
        size = float(self.n.max(initial=0.0)) + 1
        _, first, inverse = np.unique(
            (self.n * size + self.t_x) * size + self.x, return_index=True, return_inverse=True
        )
        counts = np.bincount(inverse, weights=self.weights, minlength=len(first))
        return evolve(self.at(first), weights=counts), inverse.astype(np.int64)


CheckedOpportunities: TypeAlias = CheckedRows[OpportunityRows]


def read_opportunity_rows(
    table: object, *, need: str, every: str | None = None, weights: str | None = None
) -> CheckedOpportunities:
    """Check a table of opportunities and read the data of BG/BB; arguments and errors as of `read_purchase_rows`.

    The table has frequency, recency, n_opportunities; optional customer_id, every, n_transactions, entry.
    """
    frame = read_table(table, kind=OPPORTUNITIES, need=need, weights=weights)
    span = read_unit(frame, kind=OPPORTUNITIES, need=need, expected=every)
    prospect = read_prospects(frame, need=need)
    position = np.flatnonzero(~prospect)
    x, t_x, n = (read_known(frame, column, need=need, prospect=prospect) for column in OPPORTUNITIES.columns)
    counts = read_weights(frame, weights, need=need, shown=SHOWN)
    rows = OpportunityRows(x=x, t_x=t_x, n=n, weights=counts[position])
    _refuse_impossible(frame, rows, position, need=need)
    unknown = read_unknown(frame, prospect, need=need)
    return CheckedRows(rows=rows, position=position, prospect=prospect, unknown=unknown, period=span, weights=counts)


def _refuse_impossible(frame: NarrowFrame, rows: OpportunityRows, position: Whole, *, need: str) -> None:
    """Refuse rows whose counts contradict each other; the most basic law is first."""
    whole = f"see {OPPORTUNITIES.made_by}."
    after_first = "both are counted without the opportunity of the first purchase."
    laws = (
        *(
            ((values < 0) | (values != np.floor(values)), f"`{name}` is a whole number of at least 0", whole)
            for name, values in zip(OPPORTUNITIES.columns, (rows.x, rows.t_x, rows.n), strict=True)
        ),
        (rows.n > MOST, f"`n_opportunities` is at most {MOST:,}", 'take longer opportunities: every="M".'),
        (rows.t_x > rows.n, "`recency` must not exceed `n_opportunities`", after_first),
        (
            rows.x > rows.t_x,
            "`frequency` must not exceed `recency`",
            "`recency` is the number of the last opportunity taken, counted from the first purchase, not from today.",
        ),
        (
            (rows.t_x > 0) & (rows.x == 0),
            "`recency` is 0 where `frequency` is 0",
            "`recency` is the number of the last opportunity taken: 0 where none was.",
        ),
    )
    for broken, law, hint in laws:
        refuse_rows(frame, broken, f"{need}: {law}", hint=hint, shown=SHOWN, at=position)
    if "n_transactions" in frame.columns:
        refuse_rows(
            frame,
            numbers(frame, "n_transactions", need=need)[position] < rows.x + 1,
            f"{need}: `n_transactions` is at least `frequency` + 1, and 0 for prospects",
            hint="it counts purchase days, the first too; leave it out if it counts something else.",
            shown=["customer_id", "n_transactions", "frequency"],
            at=position,
        )
