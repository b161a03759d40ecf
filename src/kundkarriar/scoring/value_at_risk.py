"""Value at risk: what is lost, in expectation, with customers who drop out within the horizon."""

from __future__ import annotations

from kundkarriar.arrays import Array
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.numerics.money.net_value import net_value
from kundkarriar.scoring.customer_base import CustomerBase


def value_at_risk(base: CustomerBase, ahead: ResidualExpectation, *, years_per_period: float) -> dict[str, Array]:
    """Retention value (net value if alive less net value if inactive) and value at risk within the horizon.

    The marketing cost is paid for inactive customers too, so it cancels out of the difference.
    """
    retention_value = net_value(
        spend=base.order_value * ahead.discounted_purchases,
        orders=ahead.discounted_purchases,
        years_alive=ahead.discounted_alive * years_per_period,
        years=0.0,
        **base.terms.by_name(),
    ).net
    return {"retention_value": retention_value, "value_at_risk": ahead.p_alive * ahead.p_leaves * retention_value}
