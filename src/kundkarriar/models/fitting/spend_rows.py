"""The rows of a spend model: repeat purchases and mean spend of each customer of a summary, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers, refuse_rows
from kundkarriar.history.ledger.transaction_rows import AMOUNTS
from kundkarriar.summaries.summary_columns import read_prospects, read_weights
from kundkarriar.summaries.summary_laws import MOST_PURCHASES
from kundkarriar.summaries.table_kind import SPEND_SUMMARY, SUMMARY, read_table
from kundkarriar.summaries.weighted_rows import WeightedRows, as_rows

SMALLEST, LARGEST = 1e-100, 1e100
"""Limits of a mean spend above 0: within them sums, squares and logarithms are finite."""


@frozen(kw_only=True, eq=False)
class SpendRows(WeightedRows):
    """Repeat purchases and mean spend of customers, as arrays.

    Attributes:
        x: repeat purchases of known spend, (n,); 0 where the spend is unknown.
        m: their mean spend, (n,), above 0; 0 where it is unknown.
        weights: the number of customers of each row, (n,).
        repeats: repeat purchases as given, (n,).
    """

    x: Array = field(converter=as_rows)
    m: Array = field(converter=as_rows)
    weights: Array = field(converter=as_rows)
    repeats: Array = field(converter=as_rows)

    @classmethod
    def of(cls, frequency: Any, monetary_value: Any, weights: Any | None = None) -> SpendRows:
        """Rows in which a spend that is missing or not above 0 counts as unknown.

        >>> SpendRows.of([0, 2, 3], [0.0, 0.0, 9.0]).x
        array([0., 0., 3.])
        """
        repeats, spend = np.nan_to_num(as_rows(frequency)), np.nan_to_num(as_rows(monetary_value))
        known = (repeats > 0) & (spend > 0)
        x, m = np.where(known, repeats, 0.0), np.where(known, spend, 0.0)
        return cls(x=x, m=m, weights=np.ones(len(repeats)) if weights is None else weights, repeats=repeats)

    def priced(self) -> SpendRows:
        """The rows of known spend."""
        return self.at(self.x > 0)

    def unpriced(self) -> int:
        """The number of repeat buyers whose spend is not above 0."""
        return int(self.weights[(self.repeats > 0) & (self.x == 0)].sum())


def read_spend_rows(summary: object, *, need: str, weights: str | None = None) -> SpendRows:
    """Check a summary frame and read the rows of a spend model; refuse one of purchases without amounts."""
    have = narrow(summary, need=need).columns
    if "monetary_value" not in have and set(SUMMARY.columns) <= set(have):
        raise DataError.because(
            f"{need} needs columns that are not there: ['monetary_value'].",
            hint=f"the DataFrame has {have}; kk.summarize makes it of {AMOUNTS}",
        )
    frame = read_table(summary, kind=SPEND_SUMMARY, need=need, weights=weights)
    prospect = read_prospects(frame, need=need)
    frequency = numbers(frame, "frequency", need=need, nullable=bool(prospect.any()))
    spend = numbers(frame, "monetary_value", need=need, nullable=True)
    shown, repeats = ["customer_id", "frequency", "monetary_value"], np.nan_to_num(frequency)
    for broken, law, hint in (
        (
            np.isnan(frequency) & ~prospect,
            "`frequency` is known of everyone who has bought",
            "only prospects (`n_transactions` 0) may lack it.",
        ),
        (
            (repeats < 0) | (repeats != np.floor(repeats)),
            "`frequency` counts repeat purchases: whole numbers of at least 0",
            "see kk.summarize.",
        ),
        (
            repeats > MOST_PURCHASES,
            f"`frequency` counts repeat purchases of one customer: at most {MOST_PURCHASES:,}",
            "an account that sums up many customers (a counter sale) is no customer: leave it out.",
        ),
        (
            (spend < 0) & (repeats > 0),
            "`monetary_value` is gross spend: at least 0",
            "returns are no purchases; kk.summarize subtracts them from total_value.",
        ),
        (
            (repeats > 0) & ((spend > LARGEST) | ((spend > 0) & (spend < SMALLEST))),
            f"`monetary_value` is 0, or from {SMALLEST:.0e} to {LARGEST:.0e}",
            "no mean spend is that large or small: repair these rows.",
        ),
        (
            np.isnan(spend) & (repeats > 0),
            "`monetary_value` is known of everyone who bought again",
            "it is the mean spend of a repeat purchase day; see kk.summarize.",
        ),
    ):
        refuse_rows(frame, broken, f"{need}: {law}", hint=hint, shown=shown)
    return SpendRows.of(frequency, spend, read_weights(frame, weights, need=need, shown=shown))
