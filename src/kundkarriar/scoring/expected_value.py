"""Expected value of each buyer: within the horizon, lifelong, and at risk; (n,) each."""

from __future__ import annotations

import math

from kundkarriar.arrays import Array
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.numerics.money.discount import discounted_years
from kundkarriar.numerics.money.net_value import NetValue, net_value
from kundkarriar.scoring.customer_base import CustomerBase

LIFELONG_COLUMNS = ("clv_lifelong", "net_value_lifelong", "share_beyond_data")
COST_COLUMNS = ("contribution", "cost", "net_value", "net_value_lifelong")
"""Columns that exist only where costs were given."""


def expected_value(
    base: CustomerBase, ahead: ResidualExpectation, *, years: float, yearly_rate: float, years_per_period: float
) -> dict[str, Array]:
    """Expected purchases and value of each buyer within a horizon of `years`, not conditional on being alive.

    `ahead` is the residual expectation given alive; `yearly_rate` is effective; `years_per_period` is of the model.
    """
    alive = ahead.p_alive
    paid = discounted_years(years=years, yearly_rate=yearly_rate)
    expected = _money(base, ahead, alive=alive, years=paid, years_per_period=years_per_period)
    return {
        "p_alive": alive,
        "p_leaves": ahead.p_leaves,
        "p_purchase": alive * ahead.p_purchase,
        "expected_purchases": alive * ahead.purchases,
        "expected_order_value": base.order_value,
        "expected_sales": base.order_value * alive * ahead.purchases * (1 - base.terms["returned"]),
        "expected_revenue": expected.revenue,
        "clv": expected.clv,
        "contribution": expected.contribution,
        "cost": expected.cost,
        "net_value": expected.net,
    }


def lifelong_value(
    base: CustomerBase,
    lifelong: ResidualExpectation,
    *,
    within_observed: ResidualExpectation,
    yearly_rate: float,
    years_per_period: float,
) -> dict[str, Array]:
    """Lifelong value, and the share of its discounted purchases later than the longest time observed."""
    paid = discounted_years(years=math.inf, yearly_rate=yearly_rate)
    expected = _money(base, lifelong, alive=lifelong.p_alive, years=paid, years_per_period=years_per_period)
    beyond = 1 - within_observed.discounted_purchases / lifelong.discounted_purchases
    return dict(zip(LIFELONG_COLUMNS, (expected.clv, expected.net, beyond), strict=True))


def value_at_risk(base: CustomerBase, ahead: ResidualExpectation, *, years_per_period: float) -> dict[str, Array]:
    """Retention value, net value if alive less net value if inactive, and what of it is expected to be lost by dropout.

    The marketing cost is paid for inactive customers too, so it cancels out of the difference.
    """
    retention_value = _money(base, ahead, alive=1.0, years=0.0, years_per_period=years_per_period).net
    return {"retention_value": retention_value, "value_at_risk": ahead.p_alive * ahead.p_leaves * retention_value}


def _money(
    base: CustomerBase, ahead: ResidualExpectation, *, alive: Array | float, years: float, years_per_period: float
) -> NetValue:
    """Discounted money of buyers who are `alive` with this probability; marketing is paid for discounted `years`."""
    return net_value(
        spend=base.order_value * alive * ahead.discounted_purchases,
        orders=alive * ahead.discounted_purchases,
        years_alive=alive * ahead.discounted_alive * years_per_period,
        years=years,
        **base.terms,
    )
