"""Customer lifetime value over a horizon and lifelong, net of the customer's costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional
from numpy.random import Generator

from kundkarriar.arguments import NOT_NEGATIVE, SHARE, Number, read_flag, to_float
from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.engines.engine import engine_of
from kundkarriar.errors import CapabilityError, warn
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.interface.fitted_model import FittedModel, first_line, weaknesses_of
from kundkarriar.models.interface.protocols import Discounts, FittedPurchaseModel, able, members_of
from kundkarriar.numerics.money.discount import rate_per_period
from kundkarriar.scoring.buyers_of_summary import NEED, read_base
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.scorer_draws import (
    drawn_purchases,
    drawn_values,
    intervals_and_sales,
    refuse_other_draws,
)
from kundkarriar.scoring.draws.tile_values import Of
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.fit.fitted_parts import fitted_parts
from kundkarriar.scoring.increments.counts_increments import CountsIncrements
from kundkarriar.scoring.lazy.lazy_scores import scores_of_lazy
from kundkarriar.scoring.level import LEVEL_LATER, PRIOR, Level, as_level, level_or_sd
from kundkarriar.scoring.margins.category_margins import Margin, fitted_margin
from kundkarriar.scoring.margins.margin_fields import MASS, OF_MARGIN, OF_MIX, Pairs, as_margin, mix_law
from kundkarriar.scoring.prospects.prospect_value import PROSPECT_COLUMN
from kundkarriar.scoring.residual.remembered_futures import RememberedFutures
from kundkarriar.scoring.score_columns import score_columns
from kundkarriar.scoring.scorer_fields import (
    DISCOUNT_RATE,
    DRIFT,
    HORIZON,
    MARGIN,
    first_purchase_or_none,
    fitted_first_purchase_or_none,
    fitted_model,
    fitted_spend_or_none,
    or_average,
    purchase_or_spend_model,
    same_season,
    span_text,
)
from kundkarriar.scoring.scorer_models import (
    default_spend,
    refuse_unread_leads,
)
from kundkarriar.scoring.stored_models import FIRST_PURCHASE, FITTED_FIRST_PURCHASE, MODEL, MODEL_OR_AUTO
from kundkarriar.scoring.without_spend import without_spend
from kundkarriar.season.season import Season, check_season
from kundkarriar.season.season_note import season_note
from kundkarriar.season.whole_years import DAYS_TO_ESTIMATE
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import LATER, NOT_WRITTEN, or_null, written
from kundkarriar.summaries.summary_laws import MOST_PERIODS

NOMINAL = ("expected_sales", "clv", "cost", PROSPECT_COLUMN)
"""Columns of scores at a discount rate of 0 that sums in a budget's money need."""


@frozen(kw_only=True)
class ValueScorer(Stored):
    """Specification of customer lifetime value: discounted purchases x spend x margin, less costs. Holds no data.

    Attributes:
        purchases: a purchase model, spec or fitted. The default is `kk.ModelAverage()`: the equal average of MBG/NBD,
            Pareto/NBD and, where the summary has gaps, ReturningNBD; `purchases` of the fitted scorer says which.
            "auto": the one that forecasts best from earlier days, as `kk.choose_model` does, chosen at each fit from
            the gaps of the summary.
        spend: a spend model, spec or fitted; None: values are counted in purchases. The default is
            `kk.GammaGamma(first_order=True)`. Gamma-Gamma is left out where the purchases have no amounts. Of a plain
            one, with first orders or without, the scorer takes the model that the amounts allow: `kk.FixedPrice` where
            all orders are equal, `kk.OwnPrice` where the orders of each customer are. First orders count where the
            summary has `first_value`.
        margin: share of revenue left after the cost of goods, at most 1; or a column of customers; or such shares by
            category, {"gifts": 0.4, "cards": 0.2}. A customer's margin is then that of their own mix of spend, shrunk
            towards the mix of all, and summaries must come from `kk.summarize(..., mix=True)`. Required.
        discount_rate: effective rate per year: 0, or a millionth to below 1. Required.
        horizon: text with a unit ("12M", "52W"). Required.
        costs: costs of customers; without them there is a clv, but no net value.
        season: seasonal index of purchases; summaries must then come from `kk.summarize(..., season=season)`.
            Discounting and yearly costs stay in calendar time.
        drift: standard deviation of the log of a customer's purchase rate after one year of a random walk, at least 0.
            It increases the variance of drawn outcomes; the mean rate, and so expectations, stay the same.
            `BacktestResult.drift` estimates it.
        level: the error of forecasts that all customers share, a `kk.Level` or its sd, in draws; expectations stay the
            same. `BacktestResult.level` learns it; the default, `kk.Level()`, is the prior, and level=0 none.
        first_purchase: the model of the time from first contact to first purchase, spec or fitted, which gives
            prospects a value; None: they have none. It is refused beside a season that is not flat.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.10, horizon="12M", costs=kk.Costs(serve_per_year=2))
    >>> scores = scorer.fit(summary).score(summary)
    >>> scores[["customer_id", "p_alive", "clv", "cost", "net_value"]].round(2).head(3)
       customer_id  p_alive    clv  cost  net_value
    0            4     0.79  13.19  1.22      11.97
    1           21     0.17   2.38  0.27       2.11
    2           50     0.34   0.92  0.57       0.35
    """

    stored_as = "scorer"
    purchases: Any = field(
        default=None,
        converter=or_average,
        validator=purchase_or_spend_model,
        metadata=written(MODEL_OR_AUTO),
    )
    spend: Any = field(factory=default_spend, validator=purchase_or_spend_model, metadata=written(or_null(MODEL)))
    margin: float | str | Pairs = field(default=None, converter=as_margin, validator=MARGIN, metadata=OF_MARGIN)
    discount_rate: float = field(default=None, converter=to_float, validator=DISCOUNT_RATE)
    horizon: str = field(default=None, converter=span_text, validator=HORIZON)
    costs: Costs | None = field(default=None, validator=optional(instance_of(Costs)))
    season: Season | None = field(default=None, validator=lambda _, __, value: check_season(value))
    drift: float = field(default=0.0, converter=to_float, validator=DRIFT)
    level: Level = field(default=PRIOR, converter=as_level, validator=level_or_sd, metadata=LEVEL_LATER)
    first_purchase: Any = field(
        default=None, validator=first_purchase_or_none, metadata=written(FIRST_PURCHASE, later=True)
    )

    def fit(self, summary: Any, *, customers: Any = None, leads: Any = None) -> FittedValueScorer:
        """Fit the models, unless fitted already, and the returned share of spend.

        Args:
            summary: one row per customer, from `kk.summarize`. Of a lazy one (polars, DuckDB, Spark) the distinct rows
                are collected with their numbers; above two million rows amounts in cells of a two-thousandth (a
                two-hundredth, where first orders count), which moves parameters by less than 1e-5. Of purchases
                without amounts Gamma-Gamma is not fitted: scores then count purchases, and margin, costs and discount
                rate are not used.
            customers: covariates of both models, by customer_id; None: covariates are in the summary, or none.
            leads: from `kk.leads`, as of the day of the summary: what `first_purchase` is fitted to.

        Raises:
            DataError: errors of the models; a missing column or an invalid value in the summary; nobody has bought, and
                some model is not fitted already; no `leads` for a first_purchase that is to be fitted.

        Warns:
            DataWarning: no season was given although two years of history or more suffice to estimate one, and the
                histories of customers or the horizon are not whole years. A flat season states that there is no season.
        """
        fitted = FittedValueScorer(scorer=self, **fitted_parts(self, summary, customers=customers, leads=leads))
        if fitted.season_note and fitted.observed * DAYS[fitted.purchases.period] >= DAYS_TO_ESTIMATE:
            warn(
                f"{NEED}: {fitted.season_note}. kk.Season.estimate(transactions) tells the season; give it as season="
                " to kk.summarize and kk.ValueScorer, or kk.Season(index=[1] * 12) where there is none."
            )
        return fitted


@frozen(kw_only=True, repr=False)
class FittedValueScorer(CountsIncrements, Stored):
    """A scorer with fitted models.

    Attributes:
        scorer: the spec.
        purchases, spend: the fitted models; `spend` is None where the purchases have no amounts, or the spec none.
        return_mean: prior mean of the returned share of gross spend, 0 to 1.
        return_mass: weight of the prior mean, in purchase days.
        observed: the longest observation time T of any customer, in periods of the purchase model; 0 without a buyer.
        beyond_whole_years: the share of all customers' T in which a season does not cancel; None where it is not known,
            as it is not stored.
        first_purchase: the fitted model of first purchases; None where the spec has none.
        mix: share of each category in a purchase day of all customers, in pairs; none where the margin is not by
            category, or there are no amounts.
        mix_mass: weight of the mix, in purchase days: of a customer with n of them, the own mix weighs n.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> fitted = kk.ValueScorer(margin=0.3, discount_rate=0.10, horizon="12M").fit(summary)
    >>> fitted.return_mean
    0.0
    """

    stored_as = "fitted scorer"
    scorer: ValueScorer = field(validator=instance_of(ValueScorer))
    purchases: Any = field(validator=[fitted_model(FittedPurchaseModel), same_season], metadata=written(MODEL))
    spend: Any = field(validator=fitted_spend_or_none, metadata=written(or_null(MODEL)))
    return_mean: float = field(validator=SHARE)
    return_mass: float = field(validator=NOT_NEGATIVE)
    observed: float = field(validator=Number(least=0, most=MOST_PERIODS))
    beyond_whole_years: float | None = field(default=None, eq=False, validator=optional(SHARE), metadata=NOT_WRITTEN)
    first_purchase: FittedFirstPurchase | None = field(
        default=None, validator=fitted_first_purchase_or_none, metadata=written(FITTED_FIRST_PURCHASE, later=True)
    )
    mix: Pairs = field(default=(), validator=mix_law, metadata=OF_MIX)
    mix_mass: float = field(default=0.0, validator=MASS, metadata=LATER)

    @property
    def margin(self) -> Margin:
        """The margin, with the mix of all where it is by category."""
        return fitted_margin(self.scorer.margin, shares=self.mix, mass=self.mix_mass)

    def __repr__(self) -> str:
        """The terms of the spec, and of both models the first line."""
        terms = ("margin", "discount_rate", "horizon", "costs", "season", "drift", "level")
        told = (f"{name}={value!r}" for name in terms if (value := getattr(self.scorer, name)) not in (None, 0.0))
        models = (f"    {name}: {first_line(getattr(self, name))}" for name in ("purchases", "spend"))
        return "\n".join((f"FittedValueScorer({', '.join(told)})", *models))

    @property
    def season_note(self) -> str:
        """Remark on a season left out; empty where one was given, or customers' T and the horizon are whole years."""
        if self.scorer.season is not None:
            return ""
        typed_in = all(isinstance(each, FittedModel) and not each.report.fitted for each in members_of(self.purchases))
        history = None if typed_in else self.observed * DAYS[self.purchases.period]
        return season_note(history=history, beyond=self.beyond_whole_years, horizon=Period.of(self.scorer.horizon))

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What makes results doubtful, one sentence each: boundaries and few fitted customers of the models."""
        return weaknesses_of(self.purchases, self.spend, self.first_purchase)

    def score(
        self,
        summary: FrameT,
        *,
        customers: Any = None,
        leads: Any = None,
        draws: ValueDraws | None = None,
        rank: bool | None = None,
    ) -> FrameT:
        """Expected value of each customer, one row per customer in the order given.

        The customers may be later ones than those of the fit, and new ones among them.

        Args:
            summary: one row per customer, from `kk.summarize`; prospects get missing values, but see `leads`. Scores of
                a lazy one are lazy, made in blocks; collected are distinct rows, and for `rank` the values.
            customers: frame with the columns named by margin, costs or covariates, by customer_id.
            leads: from `kk.leads`, as of the day of the summary. Where the scorer has a `first_purchase`, prospects in
                it get the value of who may become a customer: the chance of a first purchase by month x the first order
                and the value of a newcomer from then on, who is that of the scorer's models, with the prospect's own
                covariates. Their costs begin with the first purchase.
            draws: from `draw`; adds intervals. Not of a lazy summary.
            rank: whether to add the rank; None: but on a cluster, where it needs the values of all customers in one
                place.

        Returns:
            customer_id and, with money in the currency of the purchases:
            p_alive, p_leaves, p_paused, p_purchase: probability of being alive now; of dropping out within the horizon
            given alive (pausing, where customers return); of being inactive now and active again within it (0 where the
            model lets nobody return); of at least one purchase within it. expected_purchases: their number.
            expected_order_value: gross spend per purchase day. expected_sales: undiscounted, net of returns.
            expected_revenue: the same, discounted. clv: margin x expected_revenue. Where costs were given: contribution
            (clv less the handling cost of orders), cost, net_value (clv - cost), revenue_cost_ratio (clv / cost: margin
            per unit of money that the customer costs; below 1 a loss, missing where the cost is 0).
            clv_lifelong, net_value_lifelong: over an infinite horizon (missing where the discount rate is 0).
            share_beyond_data: share of lifelong discounted purchases later than the longest observation time.
            retention_value: net value if alive less net value if inactive, of customers of this history who are alive.
            value_at_risk: p_alive x p_leaves x retention_value. win_back_value: (1 - p_alive) x the same difference of
            those who are inactive: what an action that makes active would add, before its cost. Where customers return
            the two differences are not the same. rank: 1 for the highest net value (else clv); ties share the best.
            With draws: clv_low, clv_high (realised clv, central 90 %), expected_low, expected_high (expected clv).
            Where the scorer has a `first_purchase`: p_first_purchase, of prospects alone, the probability of a first
            purchase within the horizon, which is their p_purchase too. Prospects have expected_order_value as the mean
            over first and later orders. Missing of them: p_alive, p_leaves, p_paused, share_beyond_data,
            retention_value, value_at_risk, win_back_value and all intervals.
            Where the purchases have no amounts (`spend` is None): p_alive, p_leaves, p_paused, p_purchase,
            expected_purchases and their rank.
        """
        wanted = None if rank is None else read_flag(rank, "rank")
        if (found := engine_of(summary)) is not None:
            return cast(
                "FrameT", scores_of_lazy(self, *found, customers=customers, leads=leads, draws=draws, rank=wanted)
            )
        base = self.base(summary, customers=customers, leads=leads)
        columns = score_columns(self, base, rank=wanted is not False)
        if draws is not None:
            horizon = Period.of(self.scorer.horizon).in_units(self.purchases.period)
            own = (self.purchases, self.spend, horizon, self._rate, self.scorer.drift, self.scorer.level)
            refuse_other_draws(draws, base, own=own)
            columns |= intervals_and_sales(draws)[0]
        scores: FrameT = base.frame_of(columns)
        return scores

    def score_base(self, base: CustomerBase) -> dict[str, Array]:
        """The columns of `score`, (all customers,) each, of customers that `base` has read, without intervals."""
        return score_columns(self, base)

    def scores_and_nominal(self, base: CustomerBase) -> tuple[dict[str, Array], dict[str, Array]]:
        """The columns of `score_base`, and of money at a discount rate of 0, as budgets are nominal."""
        nominal, futures = evolve(self, scorer=evolve(self.scorer, discount_rate=0.0)), None
        if able(self.purchases, Discounts) and base.clock is None:
            horizon = Period.of(self.scorer.horizon).in_units(self.purchases.period)
            futures = RememberedFutures(model=self.purchases, also=((horizon, 0.0),))
        scores = score_columns(self, base, futures=futures)
        undiscounted = score_columns(nominal, base, futures=futures, rank=False)
        return scores, {name: undiscounted[name] for name in NOMINAL if name in undiscounted}

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

        Draws are not stored: each reading makes them again, 23,570 customers x 200 outcomes in a second or two; with
        `kk.ReturningNBD` in ten times as long.

        Args:
            summary: one row per customer, from `kk.summarize`.
            customers: as in `score`.
            draws: number of draws, >= 2.
            seed: a whole number or a numpy Generator.
            of: "outcome" (realised value) or "expectation" (given parameters and latent state).

        Raises:
            CapabilityError: a model cannot simulate, or its parameters were given, not fitted; the purchases have no
                amounts, or the scorer no spend model.
            DataError: fewer than 2 draws, or an invalid seed.
        """
        base = self.base(summary, customers=customers)
        try:
            scores = self.score_base(base)
        except CapabilityError:  # of a model that draws futures, and does not say how long customers stay alive
            scores = None
        return self.draw_base(base, scores=scores, draws=draws, seed=seed, of=of)

    def draw_purchases(
        self, summary: Any, *, customers: Any = None, draws: int = 200, seed: int | np.integer[Any] | Generator = 1
    ) -> PurchaseDraws:
        """Draws of customers' purchases within the horizon, with their days, and with amounts net of returns.

        Arguments are those of `draw`, whose draw s has the same parameters and level. The season moves purchases, and
        drift changes rates. Without a spend model there are no amounts.

        Raises:
            CapabilityError: the purchase model cannot date purchases, or parameters were given, not fitted.
        """
        return drawn_purchases(self, self.base(summary, customers=customers), draws=draws, seed=seed)

    def draw_base(
        self,
        base: CustomerBase,
        *,
        scores: Mapping[str, Array] | None,
        draws: int,
        seed: int | np.integer[Any] | Generator,
        of: Of = "outcome",
    ) -> ValueDraws:
        """`draw` of customers that `base` has read, with the columns of `score_base`."""
        if self.spend is None:
            raise without_spend("FittedValueScorer.draw", spend=self.scorer.spend)
        return drawn_values(self, base, scores=scores, draws=draws, seed=seed, of=of)

    def draw_if_able(self, base: CustomerBase, **choices: Any) -> ValueDraws | None:
        """The result of `draw_base`, or None where the models' parameters or futures cannot be drawn."""
        try:
            return self.draw_base(base, **choices)
        except CapabilityError:
            return None

    def base(self, summary: Any, *, customers: Any = None, leads: Any = None) -> CustomerBase:
        """The buyers of `summary` as checked arrays, with their expected order value and the terms of their value.

        With `leads` its prospects too, where the scorer has a `first_purchase`.
        """
        refuse_unread_leads(self.first_purchase, leads, need=NEED)
        scorer = self.scorer
        return read_base(
            summary,
            customers=customers,
            purchases=self.purchases,
            spend=self.spend,
            margin=self.margin,
            costs=scorer.costs,
            season=scorer.season,
            horizon=scorer.horizon,
            return_mean=self.return_mean,
            return_mass=self.return_mass,
            first_purchase=self.first_purchase,
            leads=leads,
        )

    @property
    def _rate(self) -> float:
        return rate_per_period(self.scorer.discount_rate, days=DAYS[self.purchases.period])
