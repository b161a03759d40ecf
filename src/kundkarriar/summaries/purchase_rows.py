"""Rows of a purchase model: frequency x, recency t_x and age T as arrays, and the distinct ones with weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.summaries.equal_rows import as_whole_days, count_equal_rows, group_equal_rows, rounded_days, time_codes
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.weighted_rows import WeightedRows, as_rows


@frozen(kw_only=True, eq=False)
class PurchaseRows(WeightedRows):
    """The data of a purchase model; a row may stand for several customers with equal data (`weights`).

    Attributes:
        x: frequency: number of repeat purchases, (n,), whole numbers.
        t_x: recency: age at the last purchase, (n,), 0 without a repeat purchase.
        T: age at the end of the observation, in the same unit, (n,), at least `t_x`.
        weights: number of customers each row stands for, (n,).
        covariates: the numeric covariates of each row, (n, m); m is 0 for most models.
        gap_log_sum: sum of the logarithms of the gaps between purchases, (n,), the mean over the customers of a row;
            None unless `kk.summarize(..., regularity=True)` computed it.
        gaps: the gaps between the purchase days of each row, as many as `x`; None unless the model needs them.
        older: whether each row is of customers who may be older than the data, (n,); None where nobody is.

    >>> rows = PurchaseRows(x=[2, 0, 2], t_x=[30.0, 0, 30], T=[38.0, 38, 38], weights=[1, 1, 1])
    >>> rows.distinct(period="W").rows.weights
    array([2., 1.])
    """

    x: Array = field(converter=as_rows)
    t_x: Array = field(converter=as_rows)
    T: Array = field(converter=as_rows)
    weights: Array = field(converter=as_rows)
    covariates: Array = field(converter=as_rows)
    gap_log_sum: Array | None = field(default=None, converter=as_rows)
    gaps: PurchaseGaps | None = None
    older: Mask | None = None

    @covariates.default
    def _none(self) -> Array:
        return np.empty((len(self.x), 0))

    def profiles(self) -> tuple[Whole, Whole]:
        """Covariate profile (distinct row of covariates) of each row, (n,), and the first row of each profile."""
        return group_equal_rows(
            [np.zeros(len(self), dtype=np.int64), *(pd.factorize(column)[0] for column in self.covariates.T)]
        )

    def distinct(self, *, period: str) -> DistinctRows:
        """The distinct rows (x, t_x, T, covariates, older) with their weights, in order of first appearance.

        Rows with gaps are distinct by the multiset of their gaps and the silence T - t_x (and covariates, older): `x`
        and `t_x` follow from the gaps, `T` from `t_x` and the silence.

        Times that are whole days of `period` become day numbers, so that hashing one integer per row finds the distinct
        rows; other times (continuous or rounded ones) are factorised first.
        """
        days, silence = DAYS[period], None
        if self.gaps is None:
            columns = [self.x.astype(np.int64), *(time_codes(times, days=days) for times in (self.t_x, self.T))]
        else:
            silence = rounded_days(self.T - self.t_x, days=days)
            columns = [self.gaps.pattern(), time_codes(silence, days=days)]
        columns += [pd.factorize(column)[0].astype(np.int64) for column in self.covariates.T]
        columns += [] if self.older is None else [self.older.astype(np.int64)]
        inverse, first = group_equal_rows(columns)
        rows = self.at(first)
        counts = np.bincount(inverse, weights=self.weights, minlength=len(first))
        log_sum = None
        if self.gap_log_sum is not None:
            sums = self.weights * self.gap_log_sum
            order = np.argsort(sums)  # they add up alike in any order of the customers
            log_sum = np.bincount(inverse[order], weights=sums[order], minlength=len(first)) / counts
        rows = evolve(rows, weights=counts, gap_log_sum=log_sum)
        if rows.gaps is not None and silence is not None:  # the same numbers, whichever customer comes first
            gaps = rows.gaps.ascending()
            t_x = gaps.total()
            rows = evolve(rows, gaps=gaps, t_x=t_x, T=t_x + silence[first])
        return DistinctRows(rows=rows, inverse=inverse)

    def groups(self) -> tuple[PurchaseRows, PurchaseRows]:
        """The rows of customers known from their first purchase on, and of those who may be older; marks are gone."""
        older = np.zeros(len(self), dtype=bool) if self.older is None else self.older
        return evolve(self.at(~older), older=None), evolve(self.at(older), older=None)

    def merged(self, *, period: str) -> PurchaseRows:
        """The distinct rows with their weights, without the positions of the customers: the data of a fit.

        Rows are sorted by their values, so that the result does not depend on the order of the customers.
        """
        plain = self.gap_log_sum is None and self.gaps is None and self.older is None and not self.covariates.shape[1]
        T, t_x = (as_whole_days(times, days=DAYS[period]) if plain else None for times in (self.T, self.t_x))
        weights = None if (self.weights == 1).all() else self.weights
        counted = (
            None if T is None or t_x is None else count_equal_rows([T, t_x, self.x.astype(np.int64)], weights=weights)
        )
        if counted is None:
            return self.distinct(period=period).rows.ordered()
        (T, t_x, x), counts = counted
        return PurchaseRows(x=x, t_x=t_x / DAYS[period], T=T / DAYS[period], weights=counts)


@frozen(kw_only=True, eq=False)
class DistinctRows:
    """Distinct rows, and the index of the distinct row of each original row: `values[inverse]` expands values."""

    rows: PurchaseRows
    inverse: Whole
