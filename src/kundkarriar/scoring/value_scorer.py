"""What each customer is worth over a horizon and lifelong, net of what the customer costs."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, fields_dict, frozen

from kundkarriar.errors import CapabilityError, DataError, DataWarning
from kundkarriar.fields import not_negative
from kundkarriar.frames import add_columns, narrow, numbers
from kundkarriar.history.customer_ids import unique_ids, with_plain_ids
from kundkarriar.history.period import DAYS, Period, rate_per_period
from kundkarriar.history.summary.purchase_rows import read_purchase_rows
from kundkarriar.history.summary.table_kind import SUMMARY, refuse_another_table
from kundkarriar.models.gamma_gamma import GammaGamma
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import (
    DrawsSpend,
    FittedPurchaseModel,
    FittedSpendModel,
    HasPosterior,
    Simulates,
)
from kundkarriar.models.mbgnbd import MBGNBD
from kundkarriar.numerics.money.equal_amounts import ranks_from_the_top
from kundkarriar.numerics.money.net_value import discounted_years
from kundkarriar.numerics.money.return_share import return_prior, return_share
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.expected_value import LIFELONG, OWN_COSTS, expected_value, lifelong_value, value_at_risk
from kundkarriar.scoring.model_inputs import fitted_model, refuse_other_customers, rows_for
from kundkarriar.scoring.outlook.discounting import outlook
from kundkarriar.scoring.returned_spend import returned_spend
from kundkarriar.scoring.scorer_fields import (
    at_most_one,
    costs_or_none,
    from_zero_to_one,
    purchase_model,
    share_or_column,
    span,
    spend_model,
    yearly_rate,
)
from kundkarriar.scoring.stored_parts import from_stored, to_stored
from kundkarriar.scoring.terms import read_terms
from kundkarriar.scoring.value_draws import ValueDraws
from kundkarriar.scoring.value_intervals import value_intervals
from kundkarriar.season.clock import read_clock, read_day
from kundkarriar.season.season import Season, season_or_none
from kundkarriar.season.whole_years import TO_ESTIMATE, unseasoned
from kundkarriar.stored import SCHEMA, fields_of, reading

if TYPE_CHECKING:
    from numpy.random import Generator

    from kundkarriar.frames import FrameT
    from kundkarriar.scoring.value_draws import Of

NEED = "ValueScorer"
FEWEST_DRAWS = 2


@frozen(kw_only=True)
class ValueScorer:
    """How to value customers: purchases x spend x margin, discounted, less what they cost. Holds no data.

    Attributes:
        purchases: a purchase model (spec or already fitted); MBG/NBD, since BG/NBD calls every one-time buyer alive.
        spend: a spend model (spec or already fitted).
        margin: share of revenue left after the cost of goods, at most 1; or a column of customers. Required.
        discount_rate: yearly and effective, 0, or a millionth to below 1. Required.
        horizon: text with a unit ("12M", "52W"). Required.
        costs: what customers cost; without them there is a clv, but no net value.
        season: when in the year customers buy; summaries then come from `kk.summarize(..., season=season)`, and the
            horizon is that of its months. Discounts and yearly costs stay the calendar's.
        drift: standard deviation of the log of a customer's purchase rate a year from now, at least 0. Drawn outcomes
            scatter more by it; expectations stay, the mean rate staying. `kk.backtest` shows what fits.

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

    purchases: Any = field(factory=MBGNBD, validator=purchase_model)
    spend: Any = field(factory=GammaGamma, validator=spend_model)
    margin: float | str = field(default=None, converter=share_or_column, validator=at_most_one)
    discount_rate: float = field(default=None, converter=yearly_rate, validator=from_zero_to_one)
    horizon: str = field(default=None, converter=span)
    costs: Costs | None = field(default=None, validator=costs_or_none)
    season: Season | None = field(default=None, validator=season_or_none)
    drift: float = field(default=0.0, converter=float, validator=not_negative)

    def fit(self, summary: Any, *, customers: Any = None) -> FittedValueScorer:
        """Fit both models (one that is already fitted is taken as it is) and the share of spend that comes back.

        Args:
            summary: one row per customer, from `kk.summarize`.
            customers: the covariates of the purchase model, by customer_id; None where they stand in the summary, or
                it has none.

        Raises:
            DataError: as the models; the summary lacks a column or holds what cannot be.

        Warns:
            DataWarning: there are two years of history or more, so that a season could be estimated, none was given,
                and history or horizon are not whole years. (A season that is flat says that there is none.)
        """
        wide = narrow(summary, need=NEED)
        refuse_another_table(wide, wanted=SUMMARY, need=NEED)
        unique_ids(wide, need=NEED)
        read_day(wide, season=self.season, need=NEED)
        refuse_other_customers(customers, need=NEED)
        purchases: FittedPurchaseModel = fitted_model(self.purchases, FittedPurchaseModel, summary, customers=customers)
        spend: FittedSpendModel = fitted_model(self.spend, FittedSpendModel, summary)
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

    def to_dict(self) -> dict[str, Any]:
        """A plain dict of JSON types."""
        return {
            "schema": SCHEMA,
            "purchases": to_stored(self.purchases),
            "spend": to_stored(self.spend),
            "margin": self.margin,
            "discount_rate": self.discount_rate,
            "horizon": self.horizon,
            "costs": self.costs and self.costs.to_dict(),
            "season": self.season and self.season.to_dict(),
            "drift": self.drift,
        }

    @classmethod
    @reading("scorer")
    def from_dict(cls, stored: dict[str, Any]) -> ValueScorer:
        """The scorer that `to_dict` wrote down.

        >>> scorer = ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M", costs=Costs(per_order=2))
        >>> ValueScorer.from_dict(scorer.to_dict()) == scorer
        True
        """
        given = fields_of(stored, kind="scorer", names=fields_dict(cls))
        return cls(
            purchases=from_stored(given["purchases"]),
            spend=from_stored(given["spend"]),
            margin=given["margin"],
            discount_rate=given["discount_rate"],
            horizon=given["horizon"],
            costs=given["costs"] and Costs.from_dict(given["costs"]),
            season=given["season"] and Season.from_dict(given["season"]),
            drift=given["drift"],
        )


@frozen(kw_only=True)
class FittedValueScorer:
    """A scorer with its models fitted.

    Attributes:
        scorer: the spec.
        purchases, spend: the fitted models.
        return_mean: share of the base's gross spend that came back, 0 to 1.
        return_mass: purchase days of evidence that share weighs against a customer's own.
        observed: the longest time any customer was observed, in periods of the purchase model.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> fitted = kk.ValueScorer(margin=0.3, discount_rate=0.10, horizon="12M").fit(summary)
    >>> fitted.return_mean
    0.0
    """

    scorer: ValueScorer
    purchases: Any
    spend: Any
    return_mean: float
    return_mass: float
    observed: float

    @property
    def season_note(self) -> str:
        """What a season that was not taken out may have done; nothing where one was given, or all is whole years."""
        if self.scorer.season is not None:
            return ""
        typed_in = isinstance(self.purchases, FittedModel) and not self.purchases.report.fitted
        history = None if typed_in else self.observed * DAYS[self.purchases.period]
        return unseasoned(history=history, horizon=Period.of(self.scorer.horizon))

    def score(self, summary: FrameT, *, customers: Any = None, draws: ValueDraws | None = None) -> FrameT:
        """What each customer is worth, one row per customer in the order given.

        Args:
            summary: one row per customer, from `kk.summarize`; prospects get missing values.
            customers: the frame that holds the columns which margin, costs or covariates name, by customer_id.
            draws: from `draw`; adds intervals.

        Returns:
            customer_id and, in the currency of the purchases unless said:
            p_alive, p_leaves, p_purchase: probabilities of being alive now, of leaving within the horizon if alive,
            and of at least one purchase within it. expected_purchases, expected_order_value: counts and gross
            spend of a purchase day. expected_sales: undiscounted, net of returns. expected_revenue: the same,
            discounted. clv: margin x expected_revenue. Where costs were given: contribution (clv less the
            handling of orders), cost, net_value (clv - cost).
            clv_lifelong, net_value_lifelong: the same without end (missing where the discount rate is 0).
            share_beyond_data: share of lifelong purchases, discounted, later than any time span yet observed.
            retention_value: net value if alive less net value if gone. value_at_risk: p_alive x p_leaves x
            retention_value. rank: 1 for the highest net value (else clv); ties share the best place.
            With draws: clv_low, clv_high (realised clv, central 90 %), expected_low, expected_high (expected clv).
        """
        base = self.base(summary, customers=customers)
        ahead = Period.of(self.scorer.horizon)
        terms = {"yearly_rate": self.scorer.discount_rate, "years_per_period": DAYS[self.purchases.period] / DAYS["Y"]}
        coming = outlook(self.purchases, base.rows, discount_rate=self._rate, costs=self.scorer.costs, clock=base.clock)
        within = coming(ahead.in_units(self.purchases.period))
        columns = expected_value(base, within, years=ahead.years, **terms)
        if self._rate > 0:
            observed = base.clock.calendar(self.observed) if base.clock else self.observed
            columns |= lifelong_value(base, coming(math.inf), seen=coming(observed), **terms)
        else:
            columns |= dict.fromkeys(LIFELONG, np.full(len(base), np.nan))
        columns |= value_at_risk(base, within, years_per_period=terms["years_per_period"])
        if self.scorer.costs is None:
            columns = {name: values for name, values in columns.items() if name not in OWN_COSTS}
        decisive = columns["net_value" if self.scorer.costs else "clv"]
        columns["rank"] = ranks_from_the_top(decisive)
        wide = {name: base.spread(values) for name, values in columns.items()}
        if draws is not None:
            self._check_same(draws, base)
            wide |= value_intervals(draws, need=NEED)
        ids: FrameT = base.summary.select("customer_id").to_native()
        return add_columns(ids, wide)

    def draw(
        self,
        summary: Any,
        *,
        customers: Any = None,
        draws: int = 200,
        seed: int | np.integer[Any] | Generator,
        of: Of = "outcome",
    ) -> ValueDraws:
        """Draws of what the customers will bring: parameters, latent state and (for outcomes) the future itself.

        None are stored: each reading draws anew, 23,570 customers x 200 outcomes in a second or two.

        Raises:
            CapabilityError: a model cannot simulate, or its parameters were given, not fitted.
            DataError: fewer than 2 draws, or a seed that is none.
        """
        for model, ability in ((self.purchases, Simulates), (self.purchases, HasPosterior), (self.spend, DrawsSpend)):
            if not isinstance(model, ability):
                raise CapabilityError.because(
                    f"{type(model).__name__} cannot draw futures: it lacks {ability.__name__}.",
                    hint="kk.MBGNBD, kk.BGNBD and kk.NBD with kk.GammaGamma can.",
                )
        entropy = as_seed(seed)
        if not isinstance(draws, (int, np.integer)) or draws < FEWEST_DRAWS:
            raise DataError.because(
                f"`draws` must be a whole number of at least {FEWEST_DRAWS}, got {draws!r}.",
                hint="draws=200 settles 90 percent intervals.",
            )
        horizon = Period.of(self.scorer.horizon)
        one, two = (np.random.default_rng([entropy, part]) for part in (1, 2))
        return ValueDraws(
            base=self.base(summary, customers=customers),
            like=summary,
            purchases=self.purchases,
            spend=self.spend,
            purchase_posterior=self.purchases.posterior(draws=draws, seed=one),
            spend_posterior=self.spend.posterior(draws=draws, seed=two),
            entropy=entropy,
            horizon=horizon.in_units(self.purchases.period),
            rate=self._rate,
            years_per_period=DAYS[self.purchases.period] / DAYS["Y"],
            years=discounted_years(years=horizon.years, yearly_rate=self.scorer.discount_rate),
            drift=self.scorer.drift,
            of=of,
            measure="net_value" if self.scorer.costs else "clv",
        )

    def draw_if_able(self, summary: Any, **choices: Any) -> ValueDraws | None:
        """What `draw` gives, or None where the models' parameters or futures cannot be drawn."""
        try:
            return self.draw(summary, **choices)
        except CapabilityError:
            return None

    def base(self, summary: Any, *, customers: Any = None) -> CustomerBase:
        """The buyers of `summary` as checked arrays."""
        wide = narrow(summary, need=NEED)
        refuse_another_table(wide, wanted=SUMMARY, need=NEED)
        wide = with_plain_ids(wide, need=NEED)
        clock = read_clock(wide, season=self.scorer.season, period=self.purchases.period, need=NEED)
        checked = rows_for(self.purchases, wide, customers=customers, need=NEED)
        buyers = checked.position
        gross, returned, days = returned_spend(summary, buyers, need=NEED)
        share = return_share(gross=gross, returned=returned, n=days, mean=self.return_mean, mass=self.return_mass)
        every = np.zeros(len(wide))
        every[buyers] = share
        terms = read_terms(
            wide, margin=self.scorer.margin, costs=self.scorer.costs, customers=customers, returned=every
        )
        valued = narrow(self.spend.predict(summary), need=NEED)
        order_value = numbers(valued, "expected_order_value", need=NEED, nullable=True)
        spent = numbers(wide, "monetary_value", need=NEED, nullable=True)
        return CustomerBase(
            summary=wide,
            checked=checked,
            monetary_value=np.nan_to_num(spent[buyers]),
            order_value=order_value[buyers],
            terms=terms.some(buyers),
            clock=clock,
        )

    @property
    def _rate(self) -> float:
        return rate_per_period(self.scorer.discount_rate, self.purchases.period)

    def _check_same(self, draws: ValueDraws, base: CustomerBase) -> None:
        """Intervals stand beside the scores that they are intervals of, or nowhere."""
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

    def to_dict(self) -> dict[str, Any]:
        """A plain dict of JSON types."""
        return {
            "schema": SCHEMA,
            "scorer": self.scorer.to_dict(),
            "purchases": to_stored(self.purchases),
            "spend": to_stored(self.spend),
            "return_mean": self.return_mean,
            "return_mass": self.return_mass,
            "observed": self.observed,
        }

    @classmethod
    @reading("fitted scorer")
    def from_dict(cls, stored: dict[str, Any]) -> FittedValueScorer:
        """The fitted scorer that `to_dict` wrote down."""
        given = fields_of(stored, kind="fitted scorer", names=fields_dict(cls))
        return cls(
            scorer=ValueScorer.from_dict(given["scorer"]),
            purchases=from_stored(given["purchases"]),
            spend=from_stored(given["spend"]),
            return_mean=given["return_mean"],
            return_mass=given["return_mass"],
            observed=given["observed"],
        )


def _warn_of_season(fitted: FittedValueScorer) -> None:
    if fitted.season_note and fitted.observed * DAYS[fitted.purchases.period] >= TO_ESTIMATE:
        warnings.warn(
            f"{NEED}: {fitted.season_note}. kk.Season.estimate(transactions) tells the season; give it as season= to"
            " kk.summarize and kk.ValueScorer, or kk.Season(index=[1] * 12) where there is none.",
            DataWarning,
            stacklevel=3,
        )
