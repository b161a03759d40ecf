"""Rows of the model of first purchases: months since the first contact, whether bought, covariates, events so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array, Mask
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, numbers, refuse_rows
from kundkarriar.summaries.leads.lead_columns import KNOWN, QUOTE, after_column
from kundkarriar.summaries.required_weights import refuse_unweighted_rows
from kundkarriar.summaries.summary_columns import read_weights
from kundkarriar.summaries.table_kind import LEADS, read_table
from kundkarriar.summaries.weighted_rows import WeightedRows, as_rows

DAY = 1 / DAYS["M"]
"""A day in months."""
MOST_MONTHS = 120_000.0
SHOWN = ("customer_id", QUOTE, "months", "bought", KNOWN)


@frozen(kw_only=True, eq=False)
class LeadRows(WeightedRows):
    """The data of the model of first purchases; a row may stand for several leads with equal data (`weights`).

    Attributes:
        months: months of 365.25 / 12 days from the first contact to the first purchase, or to now without one, (n,).
        bought: whether the lead has bought, (n,).
        covariates: values of the static covariates, (n, m).
        after: months from the first contact to the first event of each kind, (n, E); infinite where none came so far.
        weights: number of leads each row stands for, (n,).
        known: months from the first contact to now, (n,); None: the month of each first purchase was over.
    """

    months: Array = field(converter=as_rows)
    bought: Mask
    covariates: Array
    after: Array
    weights: Array = field(converter=as_rows)
    known: Array | None = field(default=None, converter=as_rows)

    def cells(self) -> tuple[Array, Array]:
        """Start and end of the time within which each first purchase is known to lie, (n,) each; else 0 and months.

        It is the month since contact, of whole days, as far as it is over. With events, whose effects begin on a day,
        it is the day.
        """
        if self.after.shape[1]:
            return np.where(self.bought, np.maximum(self.months - DAY, 0.0), 0.0), self.months
        month = np.ceil(self.months)
        start, end = (np.floor(each * DAYS["M"]) / DAYS["M"] for each in (month - 1, month))
        if self.known is not None:
            end = np.minimum(end, self.known)
        return np.where(self.bought, start, 0.0), np.where(self.bought, end, self.months)

    def distinct(self) -> LeadRows:
        """The distinct rows with their weights, in an order of their values; `months` and `known` end each cell.

        >>> leads = LeadRows(
        ...     months=[2.1, 2.9, 5.0], bought=np.array([True, True, False]), covariates=np.empty((3, 0)),
        ...     after=np.empty((3, 0)), weights=[1, 1, 1]
        ... )  # fmt: skip
        >>> leads.distinct().months, leads.distinct().weights
        (array([2.98973306, 5.        ]), array([2., 1.]))
        """
        end = self.cells()[1]
        rows = evolve(self, months=end, known=end).ordered()
        columns = np.column_stack([rows.months, rows.bought, rows.covariates, rows.after])
        begins = np.ones(len(rows), dtype=bool)
        begins[1:] = (columns[1:] != columns[:-1]).any(axis=1)
        first = np.flatnonzero(begins)
        return evolve(rows.at(first), weights=np.add.reduceat(rows.weights, first) if len(first) else rows.weights)


def read_leads(
    table: object, *, need: str, weights: str | None = None, events: Sequence[str] = ()
) -> tuple[NarrowFrame, LeadRows]:
    """Check a table of leads, and read it with its rows in order, without covariates.

    Args:
        table: months, bought; optional customer_id (one row each), months_known, `<event>_after`.
        need: the caller, as the start of an error's sentence.
        weights: the column with the number of leads of a row.
        events: the events whose columns `<event>_after` are read.

    Raises:
        DataError: impossible rows, an event without a column, or another table.
    """
    refuse_unweighted_rows(table, need=need, weights=weights)
    frame = read_table(table, kind=LEADS, need=need, weights=weights)
    months = _months(frame, "months", need=need)
    bought = _truth_values(frame, need=need)
    law = f"{need}: a lead who has bought did so after the first contact: `months` is above 0"
    refuse_rows(frame, bought & (months == 0), law, hint="who bought on that day was never a lead.", shown=SHOWN)
    known = _months(frame, KNOWN, need=need) if KNOWN in frame.columns else None
    if known is not None:
        wrong = np.where(bought, known < months - DAY / 2, np.abs(known - months) > DAY / 2)
        law = f"{need}: `months_known` is at least `months`, and equal to it where nobody bought"
        refuse_rows(frame, wrong, law, hint=f"see {LEADS.made_by}.", shown=SHOWN)
        known = np.maximum(known, months)
    after = np.column_stack([np.empty((len(frame), 0)), *(_after(frame, each, months, need=need) for each in events)])
    rows = LeadRows(
        months=months,
        bought=bought,
        covariates=np.empty((len(frame), 0)),
        after=after,
        weights=read_weights(frame, weights, need=need, shown=SHOWN),
        known=known,
    )
    return frame, rows


def _months(frame: NarrowFrame, column: str, *, need: str) -> Array:
    months = numbers(frame, column, need=need)
    law = f"{need}: `{column}` counts months since the first contact: from 0 to {MOST_MONTHS:,.0f}"
    refuse_rows(frame, (months < 0) | (months > MOST_MONTHS), law, hint=f"see {LEADS.made_by}.", shown=SHOWN)
    return months


def _truth_values(frame: NarrowFrame, *, need: str) -> Mask:
    bought = frame["bought"].to_list()  # values of a pandas column of objects may be of any type
    refuse_rows(
        frame,
        np.array([not isinstance(value, bool | np.bool_) for value in bought], dtype=bool),
        f"{need} needs True or False in `bought`",
        hint="True where the lead has bought, after `months`; frame['bought'] == 1 makes truth values of numbers.",
        shown=SHOWN,
    )
    return np.array(bought, dtype=bool)


def _after(frame: NarrowFrame, event: str, months: Array, *, need: str) -> Array:
    column = after_column(event)
    if column not in frame.columns:
        raise DataError.because(
            f"{need} reads the events {event!r}, and the leads have no column `{column}`.",
            hint="kk.leads(customers, transactions, as_of=..., events=events) makes it where such events occur.",
        )
    after = numbers(frame, column, need=need, nullable=True)
    law = f"{need}: `{column}` counts months from the first contact to an event before `months`, or is missing"
    refuse_rows(frame, (after < 0) | (after > months), law, hint=f"see {LEADS.made_by}.", shown=[*SHOWN, column])
    return np.where(np.isnan(after), np.inf, after)
