"""`FittedPurchases`, the base class of fitted repeat-buying models: predictions of a summary, and new customers."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arguments import LEVEL, read_generator, read_names
from kundkarriar.arrays import Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.frames import FrameT, narrow
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws
from kundkarriar.models.drift.drift_check import DriftCheck, drift_check
from kundkarriar.models.families.row_predictions import RowPredictions
from kundkarriar.models.families.simulated_summary import simulated_summary
from kundkarriar.models.interface.argument_checks import (
    AFTER,
    FURTHER_COLUMN,
    HORIZON,
    UP_TO,
    YEARLY_RATE,
    read_lifelong,
    read_numbers,
)
from kundkarriar.models.interface.columns_read import purchase_columns
from kundkarriar.models.interface.prediction_columns import (
    add_expanded,
    one_by_one,
    refuse_more_buyers_than_purchases,
)
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.numerics.special.bisection import LONGEST
from kundkarriar.season.season_clock import require_same_season
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows
from kundkarriar.summaries.lazy.row_by_row import row_by_row
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows
from kundkarriar.summaries.required_weights import refuse_unweighted_rows


@frozen(kw_only=True, repr=False)
class FittedPurchases(RowPredictions):
    """A repeat-buying model with fitted or given parameters; each final class sets its family and parameters."""

    def read(
        self, summary: Any, *, customers: Any = None, need: str | None = None, weights: str | None = None
    ) -> CheckedSummary:
        """The checked rows of a summary, with the model's covariates.

        `summary` and `customers` are as in `predict`; `need` is the method that was called, as the start of an error's
        sentence; `weights` the column with the number of customers that a row stands for.

        Raises:
            DataError: impossible rows, another period or season than the model's, a missing covariate or an unknown
                level of one.
        """
        caller = need or f"{self.family.name}.read"
        checked = read_purchase_rows(
            summary, need=caller, period=self.period, weights=weights, gaps=self.family.needs_gaps
        )
        if self.report.fitted:
            require_same_season(checked.season, fitted=self.report.season, need=caller)
        return self.effects.add_covariates(checked, summary, customers=customers, need=caller)

    def log_likelihood_of(self, summary: Any, *, customers: Any = None, weights: str | None = None) -> float:
        """The log-likelihood of `summary` at these parameters.

        As in a fit, it leaves out prospects. Customers older than the data count at their own law, if there is one.
        `weights` is the column with the number of customers that a row stands for; other arguments and errors are those
        of `predict`.
        """
        need = f"{self.family.name}.log_likelihood_of"
        refuse_unweighted_rows(summary, need=need, weights=weights)
        checked = self.read(summary, customers=customers, need=need, weights=weights)
        return self.log_likelihood_of_rows(checked.rows.distinct(period=self.period).rows)

    def drift_check(self, summary: Any, *, as_of: Any = None, customers: Any = None, seed: int = 1) -> DriftCheck:
        """Hold the model against what its customers bought since it was fitted: is it still good, or is it to refit?

        Customers known on the last day of the fit are forecast from that day, and their later purchases are compared
        with the forecasts: the level of the total, the scatter of customers about their forecasts (Poisson deviance),
        and their distribution (randomised PIT). `kk.DriftCheck` says how that is judged. Customers who came later are
        not judged.

        Args:
            summary: the customers as of a later day, `kk.summarize(transactions, as_of=..., gaps=True)`, in the period
                and season of the fit; their earlier purchases are told from the gaps.
            as_of: the day from which to forecast, where the fit does not know its last day (parameters were given, or
                its summary had no dates), or a later one.
            customers: covariates by customer_id; None where the summary holds them, or the model has none.
            seed: of the randomised PIT; row order changes nothing.

        Raises:
            DataError: no gaps; the summary is not later than the fit; another period or season; the last day of the fit
                is not known.
        """
        need = f"{self.family.name}.drift_check"
        return drift_check(self, summary, as_of=as_of, customers=customers, seed=seed, need=need)

    @row_by_row(purchase_columns)
    def predict(
        self, summary: FrameT, *, horizon: float, customers: Any = None, after: float = 0.0, also: Iterable[str] = ()
    ) -> FrameT:
        """Add each customer's probability of being alive and expected purchases.

        Args:
            summary: one row per customer, as from `kk.summarize`: frequency, recency, T (and period).
            horizon: length of the prediction window in periods, finite and >= 0.
            customers: covariates by customer_id; None where the summary holds them, or the model has none.
            after: periods from now to the beginning of the window, >= 0.
            also: names of further columns: "p_alive_later" (alive at the end of the window), "p_purchase" (at least one
                purchase from now to the end of the window), "log_p_alive" (for probabilities too small to print).

        Returns:
            `summary` with `p_alive` (now, 0 to 1), `expected_purchases` (within the window, >= 0) and the columns in
            `also`; rows, their order and a pandas index are kept. All are missing for prospects.

        Raises:
            DataError: impossible rows, another period than the model's, an invalid horizon, an unknown name.
            ConvergenceError: P(at least one purchase) exceeds the expected purchases.
        """
        start = AFTER.read(after, "after")
        end = start + HORIZON.read(horizon, "horizon")
        wanted = read_names(also, "also", law=FURTHER_COLUMN)
        need, family = f"{self.family.name}.predict", self.family
        rows, inverse, checked = self._distinct(summary, customers, need=need)
        log_alive = self.evaluated(family.log_p_alive, rows)
        ahead = until_end = self.expected_within(rows, end)
        if start > 0:
            ahead = ahead - self.expected_within(rows, start)
        alive = np.exp(log_alive)
        columns = {"p_alive": alive, "expected_purchases": np.maximum(ahead, 0.0)}
        if "p_alive_later" in wanted:
            columns["p_alive_later"] = self.evaluated(family.p_alive_later, rows, t=end) if end > 0 else alive
        if "p_purchase" in wanted:
            buys = self.p_purchase_within(rows, end)
            refuse_more_buyers_than_purchases(buys, until_end, need=need)
            columns["p_purchase"] = buys
        if "log_p_alive" in wanted:
            columns["log_p_alive"] = log_alive
        return add_expanded(summary, columns, inverse, checked)

    @row_by_row(purchase_columns)
    def discounted(
        self, summary: FrameT, *, discount_rate: float, horizon: float = math.inf, customers: Any = None
    ) -> FrameT:
        """Add `discounted_purchases`, the expected present value of future purchases, each counted as 1.

        Without a horizon this is DERT, the discounted expected residual transactions: multiplied by margin and order
        value it is the customer's lifetime value.

        `summary`, `customers` and errors are as in `predict`. The `horizon` is in periods, >= 0; the `discount_rate`
        yearly and effective, 0.10, and above 0 for a lifetime.

        Returns:
            `summary` with `p_alive` (0 to 1) and `discounted_purchases` (>= 0) added; missing for prospects.
        """
        yearly = YEARLY_RATE.read(discount_rate, "discount_rate")
        span = read_lifelong(horizon, law=HORIZON, discount_rate=yearly)
        rows, inverse, checked = self._distinct(summary, customers, need=f"{self.family.name}.discounted")
        ahead = self.residual(rows, horizon=span, discount_rate=rate_per_period(yearly, days=DAYS[self.period]))
        columns = {"p_alive": ahead.p_alive, "discounted_purchases": ahead.unconditional("discounted_purchases")}
        return add_expanded(summary, columns, inverse, checked)

    @row_by_row(purchase_columns)
    def purchase_counts(
        self, summary: FrameT, *, horizon: float, up_to: int = 10, customers: Any = None, after: float = 0.0
    ) -> FrameT:
        """Add the probability of each number of purchases: `p_0`, `p_1`, ... `p_<up_to>` and `p_more`, summing to 1.

        `summary`, `horizon`, `customers`, `after` and errors are as in `predict`; `up_to` is the largest number with a
        column of its own, 0 to 10,000.

        Raises:
            ConvergenceError: the mean of the counts exceeds the expected purchases.
        """
        need = f"{self.family.name}.purchase_counts"
        span, most = HORIZON.read(horizon, "horizon"), UP_TO.read(up_to, "up_to")
        start = AFTER.read(after, "after")
        rows, inverse, checked = self._distinct(summary, customers, need=need)
        return add_expanded(summary, self.counts_within(rows, span, most, after=start, need=need), inverse, checked)

    @row_by_row(purchase_columns)
    def latent(self, summary: FrameT, *, level: float = 0.9, customers: Any = None) -> FrameT:
        """Add the mean and the central interval of each customer's own rates, given the customer's history.

        The purchase rate is in purchases per period while alive. Dropout is a probability after each purchase under
        (M)BG/NBD and (M)BG/CNBD-k, a rate per period under Pareto/NBD, that rate at the first purchase under
        GGompertz/NBD, whose customers leave at exp(b t) times as much at age t, the rate of pausing under ReturningNBD,
        and none under NBD. The parameters are those of the model: their own uncertainty is not in the interval. Whether
        the customer is alive is left open.

        Args:
            summary: one row per customer, as in `predict`.
            level: probability that a customer's rate lies in the interval, between 0 and 1.
            customers: covariates by customer_id; None where the summary holds them, or the model has none.

        Returns:
            `summary` with `purchase_rate`, `purchase_rate_low`, `purchase_rate_high`, and likewise
            `dropout_probability`, or `dropout_rate` (and `return_rate`); missing for prospects. A mean may lie above a
            narrow interval.
        """
        wanted = LEVEL.read(level, "level")
        rows, inverse, checked = self._distinct(summary, customers, need=f"{self.family.name}.latent")
        return add_expanded(summary, self.evaluated(self.family.latent, rows, level=wanted), inverse, checked)

    @row_by_row(purchase_columns)
    def next_purchase(self, summary: FrameT, *, by: float, customers: Any = None) -> FrameT:
        """Add the distribution of the time to the next purchase: `p_next_purchase` and `next_purchase_median`.

        `summary`, `customers` and errors are as in `predict`; `by` is in periods ahead, finite and >= 0.

        Returns:
            `summary` with `p_next_purchase`, the probability of a purchase within `by` periods, and
            `next_purchase_median`, the median time to the next purchase in periods, infinite where the probability of
            ever buying again is below 1/2. Missing for prospects.
        """
        until = HORIZON.read(by, "by")
        rows, inverse, checked = self._distinct(summary, customers, need=f"{self.family.name}.next_purchase")
        ever = np.flatnonzero(
            self.p_purchase_within(rows, LONGEST) >= 0.5
        )  # often a few of all, and 60 times as costly
        median = np.full(len(rows), np.inf)
        median[ever] = self.evaluated(self.family.median_next_purchase, rows.at(ever))
        columns = {"p_next_purchase": self.p_purchase_within(rows, until), "next_purchase_median": median}
        return add_expanded(summary, columns, inverse, checked)

    def new_customer(self, horizon: float, *, profile: Mapping[str, Any] | None = None) -> float:
        """Expected repeat purchases of a new customer within `horizon` periods after the first purchase.

        `profile` gives the customer's covariates by column, where the model has any: {"channel": "web"}.
        """
        span = HORIZON.read(horizon, "horizon")
        row = self._new_customer(profile, need=f"{self.family.name}.new_customer")
        return float(self.expected_within(row, span)[0])

    def new_customer_counts(
        self, horizon: float, *, up_to: int = 10, profile: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """The distribution of a new customer's repeat purchases within `horizon` periods after the first purchase.

        Arguments are those of `purchase_counts` and `new_customer`. Returns purchases (0, 1, ..., `up_to`) and
        probability; what is missing to 1 is the probability of more.
        """
        need = f"{self.family.name}.new_customer_counts"
        span, most = HORIZON.read(horizon, "horizon"), UP_TO.read(up_to, "up_to")
        return one_by_one(self.counts_within(self._new_customer(profile, need=need), span, most, need=need))

    def draw_purchases(
        self,
        summary: Any,
        *,
        horizon: str = "12M",
        draws: int = 200,
        seed: int | np.integer[Any] | Generator = 1,
        customers: Any = None,
    ) -> PurchaseDraws:
        """Draw each customer's purchases to come with their days: over parameters, latent states and futures.

        Draws are not stored: each reading, `.frame()` or `.tiles()`, makes the same ones again. Parameters that were
        given, not fitted, are the same in every draw.

        Args:
            summary: one row per customer with `customer_id`, as from `kk.summarize`.
            horizon: text with a unit, "12M", "26W"; of a warped summary in calendar time.
            draws: number of draws, >= 1.
            seed: a whole number >= 0, or a numpy Generator.
            customers: covariates by customer_id; None where the summary holds them, or the model has none.

        Raises:
            DataError: an invalid horizon, number of draws, seed or summary.
        """
        return PurchaseDraws.of(
            self,
            summary,
            horizon=horizon,
            draws=draws,
            seed=seed,
            customers=customers,
            need=f"{self.family.name}.draw_purchases",
        )

    def simulate(self, T: Any, *, seed: int | Generator, customers: Any = None) -> pd.DataFrame:
        """Simulate new customers in continuous time, from the first purchase on.

        Args:
            T: observation time of each customer, in periods, (n,), >= 0.
            seed: a whole number >= 0, or a numpy Generator.
            customers: their covariates, one row for each element of `T` in its order, where the model has any.

        Returns:
            A summary: customer_id (1 to n), frequency, recency, T, n_transactions, period; also gap_log_sum for
            BG/CNBD-k and MBG/CNBD-k, gaps for ReturningNBD, and the covariates where the model has any.

        Raises:
            DataError: an invalid `T` or seed, missing covariates.
        """
        need = f"{self.family.name}.simulate"
        ages, generator = read_numbers(T, "T", law=HORIZON, example="T=[39.0] * 1000"), read_generator(seed)
        covariates = self.effects.covariates_of(customers, n=len(ages), need=need)
        params = self.effects.row_params(self.family, self.free_parameters(), covariates)
        rows = self.family.simulate(params, T=ages, generator=generator)
        columns = {name: narrow(customers, need=need)[name].to_list() for name in self.effects.columns}
        return simulated_summary(rows, period=self.period, **columns)

    def _distinct(self, summary: Any, customers: Any, *, need: str) -> tuple[PurchaseRows, Whole, CheckedSummary]:
        """The distinct customers of a summary, the distinct one of each customer, and the whole summary checked."""
        checked = self.read(summary, customers=customers, need=need)
        distinct = checked.rows.distinct(period=self.period)
        return distinct.rows, distinct.inverse, checked

    def _new_customer(self, profile: Mapping[str, Any] | None, *, need: str) -> PurchaseRows:
        """The row of one customer whose first purchase is now."""
        covariates = self.effects.covariates_of_profile(profile, need=need)
        gaps = PurchaseGaps(length=[], starts=[0, 0]) if self.needs_gaps else None
        return PurchaseRows(x=0, t_x=0, T=0, weights=1, covariates=covariates, gaps=gaps)
