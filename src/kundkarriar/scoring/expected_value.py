"""Expected value of each buyer: within the horizon, lifelong, at risk, and of winning back; (n,) each."""

import math
from collections.abc import Callable

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.numerics.money.discount import discounted_years
from kundkarriar.numerics.money.net_value import NetValue, net_value
from kundkarriar.scoring.customer_base import CustomerBase

PURCHASE_COLUMNS = ("p_alive", "p_leaves", "p_paused", "p_purchase", "expected_purchases")
"""The columns that purchases without amounts have."""
COST_COLUMNS = ("contribution", "cost", "net_value", "revenue_cost_ratio", "net_value_lifelong")
"""Columns that exist only where costs were given."""


def expected_value(
    base: CustomerBase,
    expectation: Callable[[float], ResidualExpectation],
    *,
    horizon: float,
    observed: float,
    yearly_rate: float,
    years_per_period: float,
) -> dict[str, Array]:
    """Expected purchases and value of each buyer by column, not conditional on being alive.

    Args:
        base: the buyers.
        expectation: their residual expectation, by horizon in periods of the model.
        horizon: in periods of the model.
        observed: the longest time observed, in the same periods.
        yearly_rate: effective discount rate per year; at 0 lifelong values are NaN.
        years_per_period: years per period of the model.
    """

    def money(purchases: Array, alive: Array, *, years: float) -> NetValue:
        """Money of discounted purchases and a discounted time alive in periods; marketing is paid for `years`."""
        return net_value(
            spend=base.order_value * purchases,
            orders=purchases,
            years_alive=alive * years_per_period,
            years=discounted_years(years=years, yearly_rate=yearly_rate),
            **base.terms,
        )

    def expected(ahead: ResidualExpectation, *, years: float) -> NetValue:
        parts = ("discounted_purchases", "discounted_alive")
        return money(*(ahead.unconditional(part) for part in parts), years=years)

    ahead = expectation(horizon)
    within = expected(ahead, years=horizon * years_per_period)
    purchases = ahead.unconditional("purchases")
    clv_lifelong = net_value_lifelong = beyond = np.full(len(base), np.nan)
    if yearly_rate > 0:
        ever = expectation(math.inf)
        lifelong = expected(ever, years=math.inf)
        clv_lifelong, net_value_lifelong = lifelong.clv, lifelong.net
        seen = _discounted_purchases(expectation(observed)) if observed > 0 else np.zeros(len(base))
        beyond = 1 - seen / _discounted_purchases(ever)
    # the marketing cost is paid for inactive customers too, so it cancels out of the difference
    inactive, back = 1 - ahead.p_alive, ahead.returning
    if back is None:
        retention_value = money(ahead.discounted_purchases, ahead.discounted_alive, years=0.0).net
        p_paused, win_back_value = np.zeros(len(base)), inactive * retention_value
    else:
        retention_value = money(back.kept_purchases, back.kept_alive, years=0.0).net
        p_paused = inactive * back.p_returns
        win_back_value = inactive * money(back.won_purchases, back.won_alive, years=0.0).net
    return {
        "p_alive": ahead.p_alive,
        "p_leaves": ahead.p_leaves,
        "p_paused": p_paused,
        "p_purchase": ahead.unconditional("p_purchase"),
        "expected_purchases": purchases,
        "expected_order_value": base.order_value,
        "expected_sales": base.order_value * purchases * (1 - base.terms["returned"]),
        "expected_revenue": within.revenue,
        "clv": within.clv,
        "contribution": within.contribution,
        "cost": within.cost,
        "net_value": within.net,
        "revenue_cost_ratio": within.ratio,
        "clv_lifelong": clv_lifelong,
        "net_value_lifelong": net_value_lifelong,
        "share_beyond_data": beyond,
        "retention_value": retention_value,
        "value_at_risk": ahead.p_alive * ahead.p_leaves * retention_value,
        "win_back_value": win_back_value,
    }


def _discounted_purchases(ahead: ResidualExpectation) -> Array:
    """Discounted purchases up to a factor: where nobody returns P(alive) cancels out of ratios, also where it is 0."""
    return ahead.discounted_purchases if ahead.returning is None else ahead.unconditional("discounted_purchases")
