"""From spend to net value: the one ledger that expectations and draws share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray


@frozen(kw_only=True, eq=False)
class Money:
    """Discounted money of customers over a horizon; (n,) in expectation, (n, S) in draws.

    Attributes:
        revenue: spend net of returns.
        clv: margin x revenue, before the customer's own costs.
        handling: of orders, the part of the cost that comes with each purchase.
        cost: to serve while alive, to handle orders, to market.
    """

    revenue: NDArray[np.float64]
    clv: NDArray[np.float64]
    handling: NDArray[np.float64]
    cost: NDArray[np.float64]

    @property
    def contribution(self) -> NDArray[np.float64]:
        """Clv - handling: what more purchases would bring in proportion."""
        return self.clv - self.handling

    @property
    def net(self) -> NDArray[np.float64]:
        """Clv - cost; may be negative."""
        return self.clv - self.cost


def money(
    *,
    spend: NDArray[np.float64],
    orders: NDArray[np.float64],
    years_alive: NDArray[np.float64],
    years: float,
    returned: NDArray[np.float64],
    margin: NDArray[np.float64],
    serve: NDArray[np.float64],
    handle: NDArray[np.float64],
    market: NDArray[np.float64],
) -> Money:
    """Count the money once.

    Args:
        spend: discounted gross spend.
        orders: discounted purchases.
        years_alive: discounted years alive within the horizon.
        years: discounted years of the horizon.
        returned: share of gross spend that comes back, 0 to 1.
        margin: share of revenue left after the cost of goods.
        serve: cost to serve a year while alive.
        handle: cost of one order.
        market: cost to market a year, alive or not.
    """
    revenue = spend * (1 - returned)
    handling = handle * orders
    return Money(
        revenue=revenue,
        clv=margin * revenue,
        handling=handling,
        cost=serve * years_alive + handling + market * years,
    )


def discounted_years(*, years: float, yearly_rate: float) -> float:
    """The years of a horizon, each moment times exp(-log(1 + rate) t): an annuity; `years` may be infinite.

    >>> round(discounted_years(years=1.0, yearly_rate=0.10), 6)
    0.953824
    """
    delta = np.log1p(yearly_rate)
    if delta == 0.0:
        return years
    return float(-np.expm1(-delta * years) / delta)
