"""The rows of a spend model: the known orders of each customer of a summary, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array, Mask
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, narrow, numbers, refuse_rows
from kundkarriar.history.ledger.transaction_rows import AMOUNTS
from kundkarriar.summaries.summary_columns import read_prospects, read_unknown, read_weights
from kundkarriar.summaries.summary_laws import MOST_PURCHASES
from kundkarriar.summaries.table_kind import SPEND_SUMMARY, SUMMARY, read_table
from kundkarriar.summaries.weighted_rows import WeightedRows, as_rows

SMALLEST, LARGEST = 1e-100, 1e100
"""Limits of a spend above 0: within them sums, squares and logarithms are finite."""
SHOWN = ["customer_id", "frequency", "monetary_value"]


@frozen(kw_only=True, eq=False)
class SpendRows(WeightedRows):
    """The known orders of customers, as arrays.

    Attributes:
        x: repeat purchases of known spend, (n,); 0 where the spend is unknown.
        m: their mean spend, (n,), above 0; 0 where it is unknown.
        first: the value of the first order, (n,), above 0; 0 where it is unknown, or not counted.
        newcomer: 1 where the first order known is the customer's first, (n,); 0 where the customer may be older than
            the data, and it is an ordinary one.
        bought: 1 where a customer has orders that are counted, known or not, (n,).
        weights: the number of customers of each row, (n,).
        covariates: (n, k).
    """

    x: Array = field(converter=as_rows)
    m: Array = field(converter=as_rows)
    first: Array = field(converter=as_rows)
    newcomer: Array = field(converter=as_rows)
    bought: Array = field(converter=as_rows)
    weights: Array = field(converter=as_rows)
    covariates: Array = field(converter=as_rows)

    @classmethod
    def of(
        cls,
        frequency: Any,
        monetary_value: Any,
        weights: Any | None = None,
        *,
        first: Any = 0.0,
        newcomer: Any = 1.0,
        bought: Any | None = None,
        covariates: Any | None = None,
    ) -> SpendRows:
        """Rows in which a spend that is missing or not above 0 counts as unknown.

        >>> SpendRows.of([0, 2, 3], [0.0, 0.0, 9.0]).x
        array([0., 0., 3.])
        """
        repeats, spend = np.nan_to_num(as_rows(frequency)), np.nan_to_num(as_rows(monetary_value))
        known, n = (repeats > 0) & (spend > 0), len(repeats)
        return cls(
            x=np.where(known, repeats, 0.0),
            m=np.where(known, spend, 0.0),
            first=np.maximum(np.nan_to_num(np.broadcast_to(first, n)), 0.0),
            newcomer=np.array(np.broadcast_to(newcomer, n), dtype=float),
            bought=np.array((repeats > 0) if bought is None else bought, dtype=float),
            weights=np.ones(n) if weights is None else weights,
            covariates=np.empty((n, 0)) if covariates is None else covariates,
        )

    @classmethod
    def read_back(cls, frequency: Any, spend: Any) -> SpendRows:
        """The rows that `arrays` gave, or of repeat purchases and their mean spend, (n,) each."""
        spend = as_rows(spend)
        if spend.ndim == 1:
            return cls.of(frequency, spend)
        m, first, newcomer, *covariates = spend.T
        return cls.of(frequency, m, first=first, newcomer=newcomer, covariates=np.reshape(covariates, (-1, len(m))).T)

    def arrays(self) -> tuple[Array, Array]:
        """Repeat purchases of known spend, (n,), and their mean spend, first order, newcomer and covariates, (n, k)."""
        return self.x, np.column_stack([self.m, self.first, self.newcomer, self.covariates])

    @property
    def orders(self) -> Array:
        """The number of known orders, (n,)."""
        return self.x + (self.first > 0)

    def spent(self, c: Any) -> Array:
        """The sum of the known orders on the scale of later ones, (n,); (n, S) of draws `c`, (S,), of the factor."""
        first, later, newcomer = self.first, self.x * self.m, self.newcomer > 0
        if np.ndim(c):
            first, later, newcomer = first[:, None], later[:, None], newcomer[:, None]
        return np.asarray(first / np.where(newcomer, c, 1.0) + later)

    def mean(self, c: Any) -> Array:
        """The mean of the known orders on the scale of later ones, (n,); 0 without any."""
        return np.where(self.first > 0, self.spent(c) / np.maximum(self.orders, 1.0), self.m)

    def priced(self) -> SpendRows:
        """The rows with a known order."""
        return self.at(self.orders > 0)

    def unpriced(self) -> int:
        """The number of customers with orders that are counted, none of known spend."""
        return int(self.weights[(self.bought > 0) & (self.orders == 0)].sum())

    def repeat_buyers(self) -> int:
        """The number of customers with repeat purchases of known spend."""
        return int(self.weights[self.x > 0].sum())

    def returning_newcomers(self) -> int:
        """The number of customers of whom the first order and later ones are known."""
        return int(self.weights[(self.x > 0) & (self.first > 0) & (self.newcomer > 0)].sum())


def read_spend_rows(summary: object, *, need: str, weights: str | None = None, first_order: bool = False) -> SpendRows:
    """Check a summary frame and read the rows of a spend model; refuse one of purchases without amounts.

    With `first_order` the first orders are read too, of which the others are not known then.
    """
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
    repeats = np.nan_to_num(frequency)
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
        refuse_rows(frame, broken, f"{need}: {law}", hint=hint, shown=SHOWN)
    counted = read_weights(frame, weights, need=need, shown=SHOWN)
    first = _first_orders(frame, prospect, need=need) if first_order else {}
    return SpendRows.of(frequency, spend, counted, **first)


def _first_orders(frame: NarrowFrame, prospect: Mask, *, need: str) -> dict[str, Any]:
    """First orders, (n,), missing or 0 where unknown; newcomers and buyers, (n,), 1 or 0."""
    if "first_value" not in frame.columns:
        raise DataError.because(
            f"{need} counts first orders and needs a column that is not there: ['first_value'].",
            hint=f"kk.summarize(transactions, as_of=...) makes it; repeat orders alone are counted by kk.GammaGamma(); "
            f"the DataFrame has {frame.columns}.",
        )
    first = numbers(frame, "first_value", need=need, nullable=True)
    shown = ["customer_id", "first_value"]
    law = f"{need}: `first_value` is gross spend: at least 0"
    refuse_rows(frame, first < 0, law, hint="leave it missing where it is unknown.", shown=shown)
    law = f"{need}: `first_value` is missing, 0, or from {SMALLEST:.0e} to {LARGEST:.0e}"
    giant = (first > LARGEST) | ((first > 0) & (first < SMALLEST))
    refuse_rows(frame, giant, law, hint="no order is that large or small: repair these rows.", shown=shown)
    first = np.where(prospect, 0.0, first)
    return {"first": first, "newcomer": ~read_unknown(frame, prospect, need=need), "bought": ~prospect}
