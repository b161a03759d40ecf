"""The rows of a spend model: repeat purchases and mean spend of each customer of a summary, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array
from kundkarriar.customer_ids import require_unique_ids
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers, require, rows_where
from kundkarriar.summaries.summary_columns import read_prospects, read_weights
from kundkarriar.summaries.summary_laws import MOST_PURCHASES
from kundkarriar.summaries.table_kind import SPEND_SUMMARY, refuse_another_table
from kundkarriar.summaries.weighted_rows import as_rows


@frozen(kw_only=True, eq=False)
class SpendRows:
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
        return cls(
            x=np.where(known, repeats, 0.0),
            m=np.where(known, spend, 0.0),
            weights=np.ones(len(repeats)) if weights is None else weights,
            repeats=repeats,
        )

    def priced(self) -> SpendRows:
        """The rows of known spend."""
        known = self.x > 0
        return SpendRows(x=self.x[known], m=self.m[known], weights=self.weights[known], repeats=self.repeats[known])

    def unpriced(self) -> int:
        """The number of repeat buyers whose spend is not above 0."""
        return int(self.weights[(self.repeats > 0) & (self.x == 0)].sum())


def read_spend_rows(summary: object, *, need: str, weights: str | None = None) -> SpendRows:
    """Check a summary frame and read the rows of a spend model.

    Raises:
        DataError: columns are missing; text or infinity; a spend missing where there were repeat purchases;
            a frequency that is not a whole number from 0 to a million; invalid weights; a customer twice.
    """
    frame = narrow(summary, need=need)
    refuse_another_table(frame, wanted=SPEND_SUMMARY, need=need)
    require(frame, ["frequency", "monetary_value", *([weights] if weights else [])], need=need)
    if len(frame) == 0:
        raise DataError.because(
            f"{need} needs customers, got an empty summary.",
            hint="check the dates given to kk.summarize(transactions, as_of=...).",
        )
    require_unique_ids(frame, need=need, weights=weights)
    prospect = read_prospects(frame, need=need)
    frequency = numbers(frame, "frequency", need=need, nullable=bool(prospect.any()))
    spend = numbers(frame, "monetary_value", need=need, nullable=True)
    shown = ["customer_id", "frequency", "monetary_value"]
    for broken, law, hint in (
        (
            np.isnan(frequency) & ~prospect,
            "`frequency` is known of everyone who has bought",
            "only prospects (`n_transactions` 0) may lack it.",
        ),
        (
            (frequency < 0) | (frequency != np.floor(np.nan_to_num(frequency))) & ~np.isnan(frequency),
            "`frequency` counts repeat purchases: whole numbers of at least 0",
            "see kk.summarize.",
        ),
        (
            frequency > MOST_PURCHASES,
            f"`frequency` counts repeat purchases of one customer: at most {MOST_PURCHASES:,}",
            "an account that sums up many customers (a counter sale) is no customer: leave it out.",
        ),
        (
            (spend < 0) & (np.nan_to_num(frequency) > 0),
            "`monetary_value` is gross spend: at least 0",
            "returns are no purchases; kk.summarize subtracts them from total_value.",
        ),
        (
            np.isnan(spend) & (np.nan_to_num(frequency) > 0),
            "`monetary_value` is known of everyone who bought again",
            "it is the mean spend of a repeat purchase day; see kk.summarize.",
        ),
    ):
        if broken.any():
            raise DataError.at_rows(f"{need}: {law}", rows_where(frame, broken, shown), of=len(frame), hint=hint)
    return SpendRows.of(frequency, spend, read_weights(frame, weights, need=need, shown=shown))
