"""Customer lifetime value over a horizon and lifelong, net of the customer's costs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.random import Generator

from kundkarriar.arguments import NOT_NEGATIVE, SHARE, to_float
from kundkarriar.customer_ids import unique_ids
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.errors import CapabilityError, DataError, warn
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT, add_columns, narrow
from kundkarriar.models.gamma_gamma import GammaGamma
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import FittedPurchaseModel, FittedSpendModel
from kundkarriar.models.mbgnbd import MBGNBD
from kundkarriar.numerics.money.discount import discounted_years, rate_per_period
from kundkarriar.numerics.money.equal_amounts import ranks_from_the_top
from kundkarriar.numerics.money.return_share import return_prior
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase, read_customer_base
from kundkarriar.scoring.expected_value import COST_COLUMNS, LIFELONG_COLUMNS, expected_value, lifelong_value
from kundkarriar.scoring.model_inputs import check_customers_frame, fit_unless_fitted, refuse_undrawable
from kundkarriar.scoring.read_returns import returned_spend
from kundkarriar.scoring.residual.residual_expectation import residual_expectation_by_horizon
from kundkarriar.scoring.scorer_fields import (
    costs_or_none,
    fitted_model,
    horizon_text,
    margin_at_most_one,
    margin_share_or_column,
    purchase_model,
    rate_from_zero_to_one,
    spend_model,
    yearly_rate,
)
from kundkarriar.scoring.stored_models import MODEL
from kundkarriar.scoring.value_at_risk import value_at_risk
from kundkarriar.scoring.value_draws import Of, ValueDraws
from kundkarriar.scoring.value_intervals import value_intervals
from kundkarriar.season.season import Season, season_or_none
from kundkarriar.season.season_clock import read_warped_as_of
from kundkarriar.season.season_note import DAYS_TO_ESTIMATE, season_note
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import written
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.table_kind import SUMMARY, refuse_another_table

NEED = "ValueScorer"
FEWEST_DRAWS = 2


@frozen(kw_only=True)
class ValueScorer(Stored):
    """Specification of customer lifetime value: discounted purchases x spend x margin, less costs. Holds no data.

    Attributes:
        purchases: a purchase model, spec or fitted. The default is MBG/NBD: BG/NBD gives one-time buyers P(alive) = 1.
        spend: a spend model, spec or fitted.
        margin: share of revenue left after the cost of goods, at most 1; or a column of customers. Required.
        discount_rate: effective rate per year: 0, or a millionth to below 1. Required.
        horizon: text with a unit ("12M", "52W"). Required.
        costs: costs of customers; without them there is a clv, but no net value.
        season: seasonal index of purchases; summaries must then come from `kk.summarize(..., season=season)`.
            Discounting and yearly costs stay in calendar time.
        drift: standard deviation of the log of a customer's purchase rate after one year of a random walk, at least 0.
            It increases the variance of drawn outcomes; the mean rate, and so expectations, stay the same.
            `BacktestResult.drift` estimates it.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.10, horizon="12M", costs=kk.Costs(serve_per_year=2))
    >>> scores = scorer.fit(summary).score(summary)
    >>> scores[["customer_id", "p_alive", "clv", "cost", "net_value"]].round(2).head(3)
       customer_id  p_alive    clv  cost  net_value
    0            4     0.71  11.34  1.12      10.22
    1           21     0.17   1.31  0.28       1.03
    2           50     0.39   2.00  0.70       1.30
    """

    stored_as = "scorer"
    purchases: Any = field(factory=MBGNBD, validator=purchase_model, metadata=written(MODEL))
    spend: Any = field(factory=GammaGamma, validator=spend_model, metadata=written(MODEL))
    margin: float | str = field(default=None, converter=margin_share_or_column, validator=margin_at_most_one)
    discount_rate: float = field(default=None, converter=yearly_rate, validator=rate_from_zero_to_one)
    horizon: str = field(default=None, converter=horizon_text)
    costs: Costs | None = field(default=None, validator=costs_or_none)
    season: Season | None = field(default=None, validator=season_or_none)
    drift: float = field(default=0.0, converter=to_float, validator=NOT_NEGATIVE)

    def fit(self, summary: Any, *, customers: Any = None) -> FittedValueScorer:
        """Fit both models, unless fitted already, and the returned share of spend.

        Args:
            summary: one row per customer, from `kk.summarize`.
            customers: covariates of the purchase model, by customer_id; None: covariates are in the summary, or none.

        Raises:
            DataError: errors of the models; a missing column or an invalid value in the summary.

        Warns:
            DataWarning: no season was given although two years of history or more suffice to estimate one, and history
                or horizon are not whole years. A flat season states that there is no season.
        """
        wide = narrow(summary, need=NEED)
        refuse_another_table(wide, wanted=SUMMARY, need=NEED)
        unique_ids(wide, need=NEED)
        read_warped_as_of(wide, season=self.season, need=NEED)
        check_customers_frame(customers, need=NEED)
        purchases: FittedPurchaseModel = fit_unless_fitted(
            self.purchases, FittedPurchaseModel, summary, customers=customers
        )
        spend: FittedSpendModel = fit_unless_fitted(self.spend, FittedSpendModel, summary)
        checked = read_purchase_rows(wide, need=NEED, period=purchases.period)
        if len(checked.rows) == 0:
            raise DataError.because(
                f"{NEED} needs at least one customer with a purchase: all {len(wide):,} are prospects.",
                hint="check as_of in kk.summarize(transactions, as_of=...).",
            )
        gross, returned, days = returned_spend(summary, checked.position, need=NEED)
        mean, mass = return_prior(gross=gross, returned=returned, n=days)
        fitted = FittedValueScorer(
            scorer=self,
            purchases=purchases,
            spend=spend,
            return_mean=mean,
            return_mass=mass,
            observed=float(checked.rows.T.max()),
        )
        _warn_of_season(fitted)
        return fitted


@frozen(kw_only=True)
class FittedValueScorer(Stored):
    """A scorer with fitted models.

    Attributes:
        scorer: the spec.
        purchases, spend: the fitted models.
        return_mean: prior mean of the returned share of gross spend, 0 to 1.
        return_mass: weight of the prior mean, in purchase days.
        observed: the longest observation time T of any customer, in periods of the purchase model.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> fitted = kk.ValueScorer(margin=0.3, discount_rate=0.10, horizon="12M").fit(summary)
    >>> fitted.return_mean
    0.0
    """

    stored_as = "fitted scorer"
    scorer: ValueScorer = field(validator=instance_of(ValueScorer))
    purchases: Any = field(validator=fitted_model(FittedPurchaseModel), metadata=written(MODEL))
    spend: Any = field(validator=fitted_model(FittedSpendModel), metadata=written(MODEL))
    return_mean: float = field(validator=SHARE)
    return_mass: float = field(validator=NOT_NEGATIVE)
    observed: float = field(validator=NOT_NEGATIVE)

    @property
    def season_note(self) -> str:
        """Remark on an unmodelled season; empty where a season was given, or history and horizon are whole years."""
        if self.scorer.season is not None:
            return ""
        typed_in = isinstance(self.purchases, FittedModel) and not self.purchases.report.fitted
        history = None if typed_in else self.observed * DAYS[self.purchases.period]
        return season_note(history=history, horizon=Period.of(self.scorer.horizon))

    def score(self, summary: FrameT, *, customers: Any = None, draws: ValueDraws | None = None) -> FrameT:
        """Expected value of each customer, one row per customer in the order given.

        Args:
            summary: one row per customer, from `kk.summarize`; prospects get missing values.
            customers: frame with the columns named by margin, costs or covariates, by customer_id.
            draws: from `draw`; adds intervals.

        Returns:
            customer_id and, with money in the currency of the purchases:
            p_alive, p_leaves, p_purchase: probability of being alive now, of dropping out within the horizon given
            alive, and of at least one purchase within it. expected_purchases: their number. expected_order_value:
            gross spend per purchase day. expected_sales: undiscounted, net of returns. expected_revenue: the same,
            discounted. clv: margin x expected_revenue. Where costs were given: contribution (clv less the handling
            cost of orders), cost, net_value (clv - cost).
            clv_lifelong, net_value_lifelong: over an infinite horizon (missing where the discount rate is 0).
            share_beyond_data: share of lifelong discounted purchases later than the longest observation time.
            retention_value: net value if alive less net value if inactive. value_at_risk: p_alive x p_leaves x
            retention_value. rank: 1 for the highest net value (else clv); ties share the best rank.
            With draws: clv_low, clv_high (realised clv, central 90 %), expected_low, expected_high (expected clv).
        """
        scores: FrameT = self.score_base(self.base(summary, customers=customers), draws=draws)
        return scores

    def score_base(self, base: CustomerBase, *, draws: ValueDraws | None = None) -> Any:
        """`score` of customers that `base` has read."""
        ahead = Period.of(self.scorer.horizon)
        terms = {"yearly_rate": self.scorer.discount_rate, "years_per_period": DAYS[self.purchases.period] / DAYS["Y"]}
        expectation = residual_expectation_by_horizon(
            self.purchases, base.rows, discount_rate=self._rate, costs=self.scorer.costs, clock=base.clock
        )
        within = expectation(ahead.in_units(self.purchases.period))
        columns = expected_value(base, within, years=ahead.years, **terms)
        if self._rate > 0:
            observed = base.clock.calendar(self.observed) if base.clock else self.observed
            columns |= lifelong_value(base, expectation(math.inf), within_observed=expectation(observed), **terms)
        else:
            columns |= dict.fromkeys(LIFELONG_COLUMNS, np.full(len(base), np.nan))
        columns |= value_at_risk(base, within, years_per_period=terms["years_per_period"])
        if self.scorer.costs is None:
            columns = {name: values for name, values in columns.items() if name not in COST_COLUMNS}
        decisive = columns["net_value" if self.scorer.costs else "clv"]
        columns["rank"] = ranks_from_the_top(decisive)
        wide = {name: base.spread(values) for name, values in columns.items()}
        if draws is not None:
            self._refuse_other_draws(draws, base)
            wide |= value_intervals(draws, need=NEED)
        return add_columns(base.summary.select("customer_id").to_native(), wide)

    def draw(
        self,
        summary: Any,
        *,
        customers: Any = None,
        draws: int = 200,
        seed: int | np.integer[Any] | Generator,
        of: Of = "outcome",
    ) -> ValueDraws:
        """Draws of customers' values: over parameters, latent states and (for outcomes) future purchases.

        Draws are not stored: each reading makes them again, 23,570 customers x 200 outcomes in a second or two.

        Args:
            summary: one row per customer, from `kk.summarize`.
            customers: as in `score`.
            draws: number of draws, >= 2.
            seed: a whole number or a numpy Generator.
            of: "outcome" (realised value) or "expectation" (given parameters and latent state).

        Raises:
            CapabilityError: a model cannot simulate, or its parameters were given, not fitted.
            DataError: fewer than 2 draws, or an invalid seed.
        """
        return self.draw_base(self.base(summary, customers=customers), draws=draws, seed=seed, of=of)

    def draw_base(
        self, base: CustomerBase, *, draws: int, seed: int | np.integer[Any] | Generator, of: Of = "outcome"
    ) -> ValueDraws:
        """`draw` of customers that `base` has read."""
        refuse_undrawable(self.purchases, self.spend)
        entropy = as_seed(seed)
        if not isinstance(draws, (int, np.integer)) or draws < FEWEST_DRAWS:
            raise DataError.because(
                f"`draws` must be a whole number of at least {FEWEST_DRAWS}, got {draws!r}.",
                hint="draws=200 settles 90 percent intervals.",
            )
        horizon = Period.of(self.scorer.horizon)
        purchase_generator, spend_generator = (np.random.default_rng([entropy, part]) for part in (1, 2))
        return ValueDraws(
            base=base,
            like=base.summary.to_native(),
            purchases=self.purchases,
            spend=self.spend,
            purchase_posterior=self.purchases.posterior(draws=draws, seed=purchase_generator),
            spend_posterior=self.spend.posterior(draws=draws, seed=spend_generator),
            entropy=entropy,
            horizon=horizon.in_units(self.purchases.period),
            rate=self._rate,
            years_per_period=DAYS[self.purchases.period] / DAYS["Y"],
            years=discounted_years(years=horizon.years, yearly_rate=self.scorer.discount_rate),
            drift=self.scorer.drift,
            of=of,
            measure="net_value" if self.scorer.costs else "clv",
        )

    def draw_if_able(self, base: CustomerBase, **choices: Any) -> ValueDraws | None:
        """The result of `draw_base`, or None where the models' parameters or futures cannot be drawn."""
        try:
            return self.draw_base(base, **choices)
        except CapabilityError:
            return None

    def base(self, summary: Any, *, customers: Any = None) -> CustomerBase:
        """The customers of `summary` as validated arrays."""
        return read_customer_base(
            summary,
            customers=customers,
            purchases=self.purchases,
            spend=self.spend,
            margin=self.scorer.margin,
            costs=self.scorer.costs,
            season=self.scorer.season,
            return_mean=self.return_mean,
            return_mass=self.return_mass,
            need=NEED,
        )

    @property
    def _rate(self) -> float:
        return rate_per_period(self.scorer.discount_rate, days=DAYS[self.purchases.period])

    def _refuse_other_draws(self, draws: ValueDraws, base: CustomerBase) -> None:
        """Refuse draws of another scorer or of other customers."""
        horizon = Period.of(self.scorer.horizon).in_units(self.purchases.period)
        own = (self.purchases, self.spend, horizon, self._rate, self.scorer.drift)
        if own != (draws.purchases, draws.spend, draws.horizon, draws.rate, draws.drift):
            raise DataError.because(
                "the draws are of another scorer: its models, horizon, discount rate or drift differ.",
                hint="fitted.score(summary, draws=fitted.draw(summary, seed=1)) with the same fitted scorer.",
            )
        if not draws.base.equals(base):
            raise DataError.because(
                "the draws are of other customers (or of another order of rows) than the summary.",
                hint="fitted.score(summary, draws=fitted.draw(summary, seed=1)) with the same summary and customers.",
            )


def _warn_of_season(fitted: FittedValueScorer) -> None:
    if fitted.season_note and fitted.observed * DAYS[fitted.purchases.period] >= DAYS_TO_ESTIMATE:
        warn(
            f"{NEED}: {fitted.season_note}. kk.Season.estimate(transactions) tells the season; give it as season= to"
            " kk.summarize and kk.ValueScorer, or kk.Season(index=[1] * 12) where there is none."
        )
