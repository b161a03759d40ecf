"""The expected value of each prospect: P(first purchase) x the value of a newcomer from then on, (n,) each.

With P(t) the probability of a first purchase within t, a newcomer's value within the rest of the horizon h is

    integral over (0, h) of exp(-rate t) [first order + what a newcomer brings within h - t] dP(t).

The newcomer is that of the scorer's models: x = t_x = T = 0 with the prospect's own covariates, the first order
c p gamma / (q - 1) and later ones without the c (F18 of Gamma-Gamma), the mean share of returns. Costs are paid from
the first purchase on, those of marketing too: what is paid to win a prospect is no cost of the customer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.models.first_purchase.fitted_first_purchase import FittedFirstPurchase
from kundkarriar.models.first_purchase.rate_ahead import RateAhead
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.numerics.first_purchase.over_first_purchases import nodes_over, weights_of
from kundkarriar.numerics.money.discount import discounted_years, rate_per_period
from kundkarriar.numerics.money.net_value import NetValue, net_value
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.prospects.prospects import Prospects
from kundkarriar.scoring.residual.residual_expectation import residual_expectation_by_horizon

PROSPECT_COLUMN = "p_first_purchase"


@frozen(kw_only=True, eq=False)
class ProspectFuture:
    """What is expected of each prospect within a horizon, (n,) each; all but the first two are discounted.

    Attributes:
        p_purchase: probability of a first purchase.
        repeats: purchases after it.
        first: first purchases.
        later: purchases after it.
        alive: periods alive.
        years: years from the first purchase to the end of the horizon.
    """

    p_purchase: Array
    repeats: Array
    first: Array
    later: Array
    alive: Array
    years: Array

    def less(self, other: ProspectFuture) -> ProspectFuture:
        """The difference to another future of the same prospects."""
        names = ("p_purchase", "repeats", "first", "later", "alive", "years")
        return ProspectFuture(**{name: getattr(self, name) - getattr(other, name) for name in names})


@frozen(kw_only=True, eq=False)
class ProspectExpectation:
    """The expectations of prospects by horizon.

    Attributes:
        prospects: the prospects, one of each distinct lead and newcomer, (d,).
        model: of the time to the first purchase.
        newcomer: the residual expectation of each of them as newcomers, (d,), by horizon in periods, `inf` too.
        period: the unit of the purchase model.
        yearly_rate: effective discount rate per year.
    """

    prospects: Prospects
    model: FittedFirstPurchase
    newcomer: Callable[[float], ResidualExpectation]
    period: str
    yearly_rate: float

    @classmethod
    def of(
        cls,
        prospects: Prospects,
        *,
        purchases: Any,
        first_purchase: FittedFirstPurchase,
        yearly_rate: float,
        costs: Costs | None,
    ) -> ProspectExpectation:
        """The expectations of distinct `prospects` under two fitted models, with the scorer's `costs`."""
        newcomer = residual_expectation_by_horizon(
            purchases,
            prospects.rows,
            discount_rate=rate_per_period(yearly_rate, days=DAYS[purchases.period]),
            costs=costs,
            clock=None,
        )
        return cls(
            prospects=prospects,
            model=first_purchase,
            newcomer=newcomer,
            period=purchases.period,
            yearly_rate=yearly_rate,
        )

    def within(self, horizon: float, *, ahead: RateAhead | None = None) -> ProspectFuture:
        """What is expected within `horizon` months; lifelong, `inf`, at a discount rate above 0.

        `ahead` are factors on the rate of first purchases; None: 1.
        """
        rate = math.log1p(self.yearly_rate) * DAYS["M"] / DAYS["Y"]
        t = nodes_over(horizon, rate=rate, edges=() if ahead is None else ahead.edges.tolist())
        weights = weights_of(self.model.p_within(self.prospects.leads, t, ahead=ahead))
        discounted = weights * np.exp(-rate * t)
        repeats, later, alive = np.zeros((3, len(weights)))
        years = np.array([self._years(horizon - at) for at in t])
        if math.isinf(horizon):
            life, first = self.newcomer(math.inf), discounted.sum(axis=1)
            later = first * life.unconditional("discounted_purchases")
            alive = first * life.unconditional("discounted_alive")
            repeats = np.full(len(first), np.nan)
        else:
            for node in range(len(t) - 1):  # at the last nothing is ahead
                life = self.newcomer((horizon - float(t[node])) * DAYS["M"] / DAYS[self.period])
                repeats = repeats + weights[:, node] * life.unconditional("purchases")
                later = later + discounted[:, node] * life.unconditional("discounted_purchases")
                alive = alive + discounted[:, node] * life.unconditional("discounted_alive")
        return ProspectFuture(
            p_purchase=np.clip(weights.sum(axis=1), 0.0, 1.0),
            repeats=repeats,
            first=discounted.sum(axis=1),
            later=later,
            alive=alive,
            years=discounted @ years,
        )

    def _years(self, months: float) -> float:
        return discounted_years(years=months * DAYS["M"] / DAYS["Y"], yearly_rate=self.yearly_rate)


def with_prospects(columns: Mapping[str, Array], scorer: Any, base: CustomerBase) -> dict[str, Array]:
    """The columns of `score` of all customers, (N,) each, with the values of the prospects of `base` filled in.

    `scorer` is the fitted scorer; p_first_purchase comes last, and is missing of buyers.
    """
    filled = {**columns, PROSPECT_COLUMN: np.full(len(base.summary), np.nan)}
    if (prospects := base.prospects) is None or not len(prospects):
        return filled
    _, one_of_each = prospects.distinct()
    spec = scorer.scorer
    expectation = ProspectExpectation.of(
        prospects.at(one_of_each),
        purchases=scorer.purchases,
        first_purchase=scorer.first_purchase,
        yearly_rate=spec.discount_rate,
        costs=None if scorer.spend is None else spec.costs,
    )
    horizon = Period.of(spec.horizon).in_units("M")
    for name, values in prospect_columns(expectation, prospects, horizon=horizon).items():
        if name in filled:
            filled[name] = filled[name].copy()
            filled[name][prospects.position] = values
    return filled


def money_of(ahead: ProspectFuture, prospects: Prospects, *, period: str) -> NetValue:
    """The money of n prospects, (n,), of whom each distinct one has the future `ahead`, (d,)."""
    inverse, _ = prospects.distinct()
    first, later, alive, years = (each[inverse] for each in (ahead.first, ahead.later, ahead.alive, ahead.years))
    return net_value(
        spend=prospects.first_order * first + prospects.order_value * later,
        orders=first + later,
        years_alive=alive * DAYS[period] / DAYS["Y"],
        years=years,
        **prospects.terms,
    )


def prospect_columns(expectation: ProspectExpectation, prospects: Prospects, *, horizon: float) -> dict[str, Array]:
    """The columns of `score` of the n prospects, (n,) each, by name; those that are missing here are unknown of them.

    Args:
        expectation: of the distinct prospects, see `Prospects.distinct`.
        prospects: all of them.
        horizon: in months.
    """
    inverse, _ = prospects.distinct()

    ahead = expectation.within(horizon)
    within = money_of(ahead, prospects, period=expectation.period)
    p, repeats = ahead.p_purchase[inverse], ahead.repeats[inverse]
    gross = prospects.first_order * p + prospects.order_value * repeats
    lifelong = np.full((2, len(prospects)), np.nan)
    if expectation.yearly_rate > 0:
        ever = money_of(expectation.within(math.inf), prospects, period=expectation.period)
        lifelong = np.array([ever.clv, ever.net])
    return {
        PROSPECT_COLUMN: p,
        "p_purchase": p,
        "expected_purchases": p + repeats,
        "expected_order_value": np.divide(gross, p + repeats, out=prospects.first_order.copy(), where=p > 0),
        "expected_sales": gross * (1 - prospects.terms["returned"]),
        "expected_revenue": within.revenue,
        "clv": within.clv,
        "contribution": within.contribution,
        "cost": within.cost,
        "net_value": within.net,
        "revenue_cost_ratio": within.ratio,
        "clv_lifelong": lifelong[0],
        "net_value_lifelong": lifelong[1],
    }
