"""Net value of customers from discounted spend, purchases and costs, in expectation and in draws."""

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array


@frozen(kw_only=True, eq=False)
class NetValue:
    """Discounted value of customers over a horizon; (n,) in expectation, (n, S) in draws.

    Attributes:
        revenue: spend net of returns.
        clv: margin x revenue, before the customer's own costs.
        handling: cost of handling orders.
        cost: of service while alive, of handling orders, and of marketing.
    """

    revenue: Array
    clv: Array
    handling: Array
    cost: Array

    @property
    def contribution(self) -> Array:
        """Clv - handling: the part that is proportional to purchases."""
        return self.clv - self.handling

    @property
    def net(self) -> Array:
        """Clv - cost; may be negative."""
        return self.clv - self.cost

    @property
    def ratio(self) -> Array:
        """Clv / cost: what a unit of own costs brings; below 1 where `net` is negative, NaN where the cost is 0."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = self.clv / self.cost
        return np.where(np.isfinite(ratio), ratio, np.nan)


def net_value(
    *,
    spend: Array,
    orders: Array,
    years_alive: Array,
    years: float | Array,
    returned: Array,
    margin: Array,
    serve: Array,
    handle: Array,
    market: Array,
) -> NetValue:
    """Net value and its parts, from gross spend, orders, and years alive within the `years` of a horizon, discounted.

    The share `returned` of spend is lost, and of the rest the `margin` is left after the cost of goods. Costs are
    `serve` a year while alive, `handle` an order, and `market` a year, alive or not.
    """
    revenue = spend * (1 - returned)
    handling = handle * orders
    return NetValue(
        revenue=revenue, clv=margin * revenue, handling=handling, cost=serve * years_alive + handling + market * years
    )
