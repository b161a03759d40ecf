"""Rows of BG/BB, read and checked from a table of opportunities: frequency, recency, number of opportunities."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import require_unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, narrow, numbers, require, rows_where
from kundkarriar.summaries.discrete_time.calendar_steps import calendar_step, step_text
from kundkarriar.summaries.purchase_rows import as_floats
from kundkarriar.summaries.summary_columns import read_known, read_prospects, read_unknown, read_weights
from kundkarriar.summaries.table_kind import OPPORTUNITIES, refuse_another_table

MADE_BY = "kk.opportunities(transactions, as_of=...)"
SHOWN = ("customer_id", "frequency", "recency", "n_opportunities")
MOST = 100_000
"""Largest number of opportunities: sums run over them."""


@frozen(kw_only=True, eq=False)
class OpportunityRows:
    """The data of BG/BB; a row may stand for several customers with equal data (`weights`).

    Attributes:
        x: frequency: opportunities taken after the first purchase, (n,), whole numbers.
        t_x: recency: number of the last opportunity taken, (n,), 0 if none was.
        n: number of opportunities, (n,), at least `t_x`.
        weights: number of customers each row stands for, (n,).
    """

    x: Array = field(converter=as_floats)
    t_x: Array = field(converter=as_floats)
    n: Array = field(converter=as_floats)
    weights: Array = field(converter=as_floats)

    def __len__(self) -> int:
        return len(self.x)

    def at(self, where: NDArray[Any]) -> OpportunityRows:
        """The rows selected by a mask or by positions, in order."""
        return OpportunityRows(x=self.x[where], t_x=self.t_x[where], n=self.n[where], weights=self.weights[where])

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
        rows = self.at(first)
        counts = np.bincount(inverse, weights=self.weights, minlength=len(first))
        return OpportunityRows(x=rows.x, t_x=rows.t_x, n=rows.n, weights=counts), inverse.astype(np.int64)


@frozen(kw_only=True, eq=False)
class CheckedOpportunities:
    """A table of opportunities that passed every check.

    Attributes:
        rows: the customers with a purchase, in the order of the table, (n,).
        position: the table row of each of them, (n,).
        prospect: which table rows are customers without a purchase, (N,).
        unknown: which table rows have entry "unknown" (may be older than the data): predicted, not fitted, (N,).
        every: the length of an opportunity, as typed: "Y".
    """

    rows: OpportunityRows
    position: Whole
    prospect: Mask
    unknown: Mask
    every: str

    def to_fit(self) -> OpportunityRows:
        """The rows that enter a fit: those with a known entry."""
        return self.rows.at(~self.unknown[self.position])

    def spread(self, values: Array) -> Array:
        """Expand one value per row of `rows`, (n,), to the whole table, (N,); NaN for prospects."""
        whole = np.full(len(self.prospect), np.nan)
        whole[self.position] = values
        return whole


def read_opportunity_rows(
    table: object, *, need: str, every: str | None = None, weights: str | None = None
) -> CheckedOpportunities:
    """Check a table of opportunities and read the data of BG/BB.

    Args:
        table: frequency, recency, n_opportunities; optional customer_id (unique unless rows are weighted), every,
            n_transactions (0 for a prospect), entry.
        need: the caller's name, which starts the messages.
        every: the expected length of an opportunity; required without a column `every`.
        weights: the column with the number of customers per row; None if each row is one customer.

    Raises:
        DataError: a column is missing, the table is of another kind, or rows are impossible; the message shows them.
    """
    frame = narrow(table, need=need)
    refuse_another_table(frame, wanted=OPPORTUNITIES, need=need)
    require(frame, [*OPPORTUNITIES.columns, *([weights] if weights else [])], need=need)
    if len(frame) == 0:
        raise DataError.because(
            f"{need} needs customers, got an empty table.",
            hint="check the dates given to kk.opportunities(transactions, as_of=...).",
        )
    require_unique_ids(frame, need=need, weights=weights, hint=f"one row per customer: see {MADE_BY}.")
    span = read_every(frame, need=need, expected=every, made_by=MADE_BY)
    prospect = read_prospects(frame, need=need)
    position = np.flatnonzero(~prospect)
    rows = OpportunityRows(
        x=read_known(frame, "frequency", need=need, prospect=prospect),
        t_x=read_known(frame, "recency", need=need, prospect=prospect),
        n=read_known(frame, "n_opportunities", need=need, prospect=prospect),
        weights=read_weights(frame, weights, need=need, shown=SHOWN)[position],
    )
    _refuse_impossible(frame, rows, position, need=need)
    _refuse_other_counts(frame, rows, position, need=need)
    return CheckedOpportunities(
        rows=rows, position=position, prospect=prospect, unknown=read_unknown(frame, prospect, need=need), every=span
    )


def read_every(frame: NarrowFrame, *, need: str, expected: str | None, made_by: str) -> str:
    """The one length of time in the column `every`, as text; `expected` if there is no such column.

    Raises:
        DataError: neither is there, the column holds several lengths, or not the expected one.
    """
    step = None if expected is None else step_text(calendar_step(expected))
    if "every" not in frame.columns:
        if step is None:
            raise DataError.because(
                f"{need} must know the length of time from one to the next: the table has no column `every`.",
                hint=f'write every="Y" for years, or use {made_by}.',
            )
        return step
    lengths = frame["every"].unique().to_list()
    if len(lengths) != 1 or not isinstance(lengths[0], str):
        raise DataError.because(
            f"{need} needs one length of time in `every`, found {lengths[:5]}.",
            hint=f"make the whole table at once: {made_by}.",
        )
    span = step_text(calendar_step(lengths[0]))
    if step is not None and span != step:
        raise DataError.because(
            f'{need} counts every "{step}", the table every "{span}".', hint=f'make the table with every="{step}".'
        )
    return span


def _refuse_impossible(frame: NarrowFrame, rows: OpportunityRows, position: Whole, *, need: str) -> None:
    """Refuse rows whose frequency, recency and n_opportunities contradict each other; the most basic law is first."""
    whole = "see kk.opportunities(transactions, as_of=...)."
    after_first = "both are counted without the opportunity of the first purchase."
    laws = (
        *(
            ((values < 0) | (values != np.floor(values)), f"`{name}` is a whole number of at least 0", whole)
            for name, values in (("frequency", rows.x), ("recency", rows.t_x), ("n_opportunities", rows.n))
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
        if broken.any():
            where = np.zeros(len(frame), dtype=bool)
            where[position[broken]] = True
            raise DataError.at_rows(f"{need}: {law}", rows_where(frame, where, SHOWN), of=len(frame), hint=hint)


def _refuse_other_counts(frame: NarrowFrame, rows: OpportunityRows, position: Whole, *, need: str) -> None:
    """Refuse fewer purchase days than opportunities taken, the first included."""
    if "n_transactions" not in frame.columns:
        return
    broken = numbers(frame, "n_transactions", need=need)[position] < rows.x + 1
    if broken.any():
        where = np.zeros(len(frame), dtype=bool)
        where[position[broken]] = True
        raise DataError.at_rows(
            f"{need}: `n_transactions` is at least `frequency` + 1, and 0 for prospects",
            rows_where(frame, where, ["customer_id", "n_transactions", "frequency"]),
            of=len(frame),
            hint="it counts purchase days, the first too; leave it out if it counts something else.",
        )
