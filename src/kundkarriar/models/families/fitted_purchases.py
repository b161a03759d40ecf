"""`FittedPurchases`, the base class of fitted repeat-buying models: predictions, simulation and draws."""

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from attrs import asdict, field, frozen
from numpy.random import Generator

from kundkarriar.arguments import LEVEL, read_generator, read_names
from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import DAYS
from kundkarriar.frames import FrameT, narrow
from kundkarriar.models.covariates.effects import NO_EFFECTS, CovariateEffects
from kundkarriar.models.covariates.family import CovariateFamily, Result
from kundkarriar.models.covariates.likelihood_blocks import too_costly_to_sample
from kundkarriar.models.families.purchase_family import LikelihoodFamily, Params, PurchaseFamily
from kundkarriar.models.families.simulated_summary import simulated_summary
from kundkarriar.models.interface.argument_checks import (
    AFTER,
    CONTINUOUS_RATE,
    FURTHER_COLUMN,
    HORIZON,
    UP_TO,
    YEARLY_RATE,
    known_period,
    read_lifelong,
    read_numbers,
)
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.futures import FutureDraws, ResidualExpectation
from kundkarriar.models.interface.prediction_columns import (
    add_expanded,
    count_columns,
    one_by_one,
    refuse_more_buyers_than_purchases,
)
from kundkarriar.models.uncertainty.posterior import Posterior, draws_of_parameters
from kundkarriar.models.uncertainty.posterior_draws import LoglikBatch
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.special.bisection import LONGEST
from kundkarriar.season.season_clock import require_same_season
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows
from kundkarriar.summaries.required_weights import refuse_unweighted_rows

SUM_ERROR = 1e-8
"""Relative error of expected purchases, which matters where those of a later window are a small difference of two."""
ANY_HORIZON = 1.0
"""Where the horizon is 0, which is known without the family, residual expectations are asked for P(alive) alone."""


@frozen(kw_only=True, repr=False)
class FittedPurchases(FittedModel):
    """A repeat-buying model with fitted or given parameters; each final class sets its family and parameters."""

    family: ClassVar[PurchaseFamily]
    period: str = field(validator=known_period)

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters in which the likelihood was maximised."""
        return self.family_with_effects.unconstrained

    @property
    def effects(self) -> CovariateEffects:
        """The covariate effects on the rates of single customers; none in a model without covariates."""
        return NO_EFFECTS

    @property
    def family_with_effects(self) -> LikelihoodFamily:
        """The family with the covariate effects applied to its rates."""
        return self.effects.extend(self.family)

    @property
    def needs_gaps(self) -> bool:
        """Whether the model reads the column `gaps` of a summary, from `kk.summarize(..., gaps=True)`."""
        return self.family.needs_gaps

    def free_parameters(self) -> dict[str, float]:
        """The parameters that a fit estimates, by name, in the order of the unconstrained parameters."""
        values = asdict(self.params) | self.effects.coefficients()
        return {name: values[name] for name in self.family_with_effects.parameters}

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

    def _loglik_batch_of(self, rows: PurchaseRows) -> LoglikBatch | None:
        """The log-likelihood of distinct rows at many unconstrained parameter vectors: (S, k) to (S,).

        None where thousands of customers all differ in their covariates.
        """
        if too_costly_to_sample(rows):
            return None
        return self.family_with_effects.loglik_batch(rows, scale=self.report.scale)

    def log_likelihood_of(self, summary: Any, *, customers: Any = None, weights: str | None = None) -> float:
        """The log-likelihood of `summary` at these parameters.

        As in a fit, it leaves out prospects and customers whose `entry` is "unknown", because their first purchase may
        lie before the data. `weights` is the column with the number of customers that a row stands for; other
        arguments and errors are those of `predict`.
        """
        need = f"{self.family.name}.log_likelihood_of"
        refuse_unweighted_rows(summary, need=need, weights=weights)
        checked = self.read(summary, customers=customers, need=need, weights=weights)
        return log_likelihood_of_rows(self, checked.to_fit().distinct(period=self.period).rows)

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
        log_alive = evaluated(self, family.log_p_alive, rows)
        ahead = until_end = self._expected_purchases(rows, end)
        if start > 0:
            ahead = ahead - self._expected_purchases(rows, start)
        alive = np.exp(log_alive)
        columns = {"p_alive": alive, "expected_purchases": np.maximum(ahead, 0.0)}
        if "p_alive_later" in wanted:
            columns["p_alive_later"] = evaluated(self, family.p_alive_later, rows, t=end) if end > 0 else alive
        if "p_purchase" in wanted:
            buys = self._p_purchase(rows, end)
            refuse_more_buyers_than_purchases(buys, until_end, need=need)
            columns["p_purchase"] = buys
        if "log_p_alive" in wanted:
            columns["log_p_alive"] = log_alive
        return add_expanded(summary, columns, inverse, checked)

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
        return add_expanded(summary, self._counts(rows, span, most, after=start, need=need), inverse, checked)

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
        return add_expanded(summary, evaluated(self, self.family.latent, rows, level=wanted), inverse, checked)

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
        ever = np.flatnonzero(self._p_purchase(rows, LONGEST) >= 0.5)  # often a few of all, and 60 times as costly
        median = np.full(len(rows), np.inf)
        median[ever] = evaluated(self, self.family.median_next_purchase, rows.at(ever))
        columns = {"p_next_purchase": self._p_purchase(rows, until), "next_purchase_median": median}
        return add_expanded(summary, columns, inverse, checked)

    def new_customer(self, horizon: float, *, profile: Mapping[str, Any] | None = None) -> float:
        """Expected repeat purchases of a new customer within `horizon` periods after the first purchase.

        `profile` gives the customer's covariates by column, where the model has any: {"channel": "web"}.
        """
        span = HORIZON.read(horizon, "horizon")
        row = self._new_customer(profile, need=f"{self.family.name}.new_customer")
        return float(self._expected_purchases(row, span)[0])

    def new_customer_counts(
        self, horizon: float, *, up_to: int = 10, profile: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """The distribution of a new customer's repeat purchases within `horizon` periods after the first purchase.

        Arguments are those of `purchase_counts` and `new_customer`. Returns purchases (0, 1, ..., `up_to`) and
        probability; what is missing to 1 is the probability of more.
        """
        need = f"{self.family.name}.new_customer_counts"
        span, most = HORIZON.read(horizon, "horizon"), UP_TO.read(up_to, "up_to")
        return one_by_one(self._counts(self._new_customer(profile, need=need), span, most, need=need))

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

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> ResidualExpectation:
        """Expected purchases and time alive of each row, apart for who is alive now and who is not; see `Discounts`."""
        rate = CONTINUOUS_RATE.read(discount_rate, "discount_rate")
        span = read_lifelong(horizon, law=HORIZON, discount_rate=rate)
        ahead = evaluated(
            self, self.family.residual, rows, period=self.period, horizon=span or ANY_HORIZON, discount_rate=rate
        )
        return ahead if span > 0 else ahead.at_once()

    def draw_outcomes(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Draws of realised futures within a finite `horizon`, one column per draw of `posterior`; see `Simulates`."""
        span, rate = HORIZON.read(horizon, "horizon"), CONTINUOUS_RATE.read(discount_rate, "discount_rate")
        source = read_generator(generator)
        draw = partial(self.family.simulation.draw_futures, source, horizon=span, discount_rate=rate)
        return self._futures(draw, rows, self._parameter_draws(posterior), source)

    def draw_expectations(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Expected futures given drawn latent states, one column per draw of `posterior`; see `Simulates`."""
        rate = CONTINUOUS_RATE.read(discount_rate, "discount_rate")
        span = read_lifelong(horizon, law=HORIZON, discount_rate=rate)
        expect = partial(self.family.simulation.expected_futures, horizon=span, discount_rate=rate)
        return self._futures(expect, rows, self._parameter_draws(posterior), read_generator(generator))

    def _futures(
        self, of_state: Callable[[Any], tuple[Array, ...]], rows: PurchaseRows, draws: Params, generator: Generator
    ) -> FutureDraws:
        """Purchases, discounted purchases and discounted time alive of drawn latent states."""

        def of_rows(some: PurchaseRows, params: Params) -> FutureDraws:
            purchases, discounted, alive = of_state(self.family.draw_state(some, params, generator))
            return FutureDraws(purchases=purchases, discounted_purchases=discounted, discounted_alive=alive)

        return evaluated(self, of_rows, rows, draws)

    def _expected_purchases(self, rows: PurchaseRows, horizon: float) -> Array:
        if horizon == 0:
            return np.zeros(len(rows))
        return evaluated(self, self.family.expected_purchases, rows, period=self.period, horizon=horizon)

    def _p_purchase(self, rows: PurchaseRows, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, 0 for all rows or above 0, a number or (n,), (n,)."""
        if np.all(horizon == 0):
            return np.zeros(len(rows))
        return evaluated(self, self.family.p_purchase, rows, horizon=horizon)

    def _distinct(self, summary: Any, customers: Any, *, need: str) -> tuple[PurchaseRows, Whole, CheckedSummary]:
        """The distinct customers of a summary, the distinct one of each customer, and the whole summary checked."""
        checked = self.read(summary, customers=customers, need=need)
        distinct = checked.rows.distinct(period=self.period)
        return distinct.rows, distinct.inverse, checked

    def _counts(
        self, rows: PurchaseRows, horizon: float, up_to: int, *, need: str, after: float = 0.0
    ) -> dict[str, Array]:
        if horizon == 0:
            return count_columns(
                np.eye(1, up_to + 1).repeat(len(rows), axis=0), expected=np.zeros(len(rows)), need=need
            )
        counts = evaluated(self, self.family.p_counts, rows, horizon=horizon, up_to=up_to, after=after)
        expected = self._expected_purchases(rows, after + horizon)
        if after > 0:
            expected = np.maximum(expected - (1 - SUM_ERROR) * self._expected_purchases(rows, after), 0.0)
        return count_columns(counts, expected=expected, need=need)

    def _new_customer(self, profile: Mapping[str, Any] | None, *, need: str) -> PurchaseRows:
        """The row of one customer whose first purchase is now."""
        covariates = self.effects.covariates_of_profile(profile, need=need)
        gaps = PurchaseGaps(length=[], starts=[0, 0]) if self.needs_gaps else None
        return PurchaseRows(x=0, t_x=0, T=0, weights=1, covariates=covariates, gaps=gaps)

    def _parameter_draws(self, posterior: Posterior) -> dict[str, Array]:
        """The draws of `posterior` by parameter, each (1, S); a posterior of another model is refused."""
        own = draws_of_parameters(posterior, names=tuple(self.free_parameters()), model=type(self).__name__)
        return {name: values[None, :] for name, values in own.items()}


def log_likelihood_of_rows(fitted: FittedPurchases, rows: PurchaseRows) -> float:
    """The log-likelihood of checked rows, with their weights, at the parameters of a model."""
    return float(np.sum(rows.weights * evaluated(fitted, fitted.family.log_likelihood, rows)))


def evaluated(
    fitted: FittedPurchases,
    function: Callable[..., Result],
    rows: PurchaseRows,
    params: Params | None = None,
    **given: Any,
) -> Result:
    """`function` of the model's family at the parameters of each row, or at `params`, draws of them."""
    params, family = fitted.free_parameters() if params is None else params, fitted.family_with_effects
    if isinstance(family, CovariateFamily):
        return family.evaluate(function, rows, params, **given)
    return function(rows, params, **given)
