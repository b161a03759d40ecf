"""Expected money of each buyer: within the horizon, lifelong, and what is at risk; each (n,)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kundkarriar.numerics.money.net_value import Money, discounted_years, money

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kundkarriar.models.interface.futures import Residual
    from kundkarriar.scoring.customer_base import CustomerBase

    Columns = dict[str, NDArray[np.float64]]

LIFELONG = ("clv_lifelong", "net_value_lifelong", "share_beyond_data")
OWN_COSTS = ("contribution", "cost", "net_value", "net_value_lifelong")
"""Columns that say something only where costs were given."""


def expected_value(
    base: CustomerBase, ahead: Residual, *, years: float, yearly_rate: float, years_per_period: float
) -> Columns:
    """What each buyer is expected to do and bring within a horizon, whether alive or not.

    Args:
        base: the buyers.
        ahead: what lies ahead of each, given that it is alive, over the same horizon.
        years: the horizon; may be infinite.
        yearly_rate: the effective discount rate.
        years_per_period: length of the model's period.
    """
    alive = ahead.p_alive
    gross = base.order_value * alive
    counted = _counted(base, ahead, years=years, yearly_rate=yearly_rate, years_per_period=years_per_period)
    return {
        "p_alive": alive,
        "p_leaves": ahead.p_leaves,
        "p_purchase": alive * ahead.p_purchase,
        "expected_purchases": alive * ahead.purchases,
        "expected_order_value": base.order_value,
        "expected_sales": gross * ahead.purchases * (1 - base.terms.returned),
        "expected_revenue": counted.revenue,
        "clv": counted.clv,
        "contribution": counted.contribution,
        "cost": counted.cost,
        "net_value": counted.net,
    }


def lifelong_value(
    base: CustomerBase, ever: Residual, *, seen: Residual, yearly_rate: float, years_per_period: float
) -> Columns:
    """The same without end, and the share of its discounted purchases that lies beyond the time ever `seen`."""
    counted = _counted(base, ever, years=math.inf, yearly_rate=yearly_rate, years_per_period=years_per_period)
    return {
        "clv_lifelong": counted.clv,
        "net_value_lifelong": counted.net,
        "share_beyond_data": 1 - seen.discounted_purchases / ever.discounted_purchases,
    }


def _counted(
    base: CustomerBase, ahead: Residual, *, years: float, yearly_rate: float, years_per_period: float
) -> Money:
    """The money of each buyer, whether alive or not."""
    alive = ahead.p_alive
    return money(
        spend=base.order_value * alive * ahead.discounted_purchases,
        orders=alive * ahead.discounted_purchases,
        years_alive=alive * ahead.discounted_alive * years_per_period,
        years=discounted_years(years=years, yearly_rate=yearly_rate),
        **base.terms.all(),
    )


def value_at_risk(base: CustomerBase, ahead: Residual, *, years_per_period: float) -> Columns:
    """Net value if alive less net value if gone, and how much of it may be lost within the horizon.

    Marketing is paid for the gone too, so it falls out of the difference.
    """
    kept = money(
        spend=base.order_value * ahead.discounted_purchases,
        orders=ahead.discounted_purchases,
        years_alive=ahead.discounted_alive * years_per_period,
        years=0.0,
        **base.terms.all(),
    ).net
    return {"retention_value": kept, "value_at_risk": ahead.p_alive * ahead.p_leaves * kept}
