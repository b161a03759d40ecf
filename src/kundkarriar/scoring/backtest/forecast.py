"""What one rule, or the model, foresees of every customer at an origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kundkarriar.numerics.forecast.overdispersion import RateVariance

    Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9, 0.95)


@frozen(kw_only=True, eq=False)
class Drawn:
    """What the model's drawn futures say of the forecast customers.

    Attributes:
        low, high: 90 % of drawn totals, by measure.
        inside: by measure, share of customers whose outcome lay within their interval, at each of `LEVELS`.
        split: the same with ties shared out, which is the level where the model is right.
        scatter: of outcomes beyond that of the draws; None where nobody was expected to buy.
    """

    low: dict[str, float]
    high: dict[str, float]
    inside: dict[str, tuple[float, ...]]
    split: dict[str, tuple[float, ...]]
    scatter: RateVariance | None


@frozen(kw_only=True, eq=False)
class Forecast:
    """A forecast of n customers over the horizon.

    Attributes:
        rule: who made it.
        purchases: purchase days of each customer, (n,).
        sales: what each brings, net of returns and not discounted, (n,).
        course: purchases and sales of all together from the origin to each step, (steps,) each.
        note: what one must know to read it.
        drawn: intervals, where futures can be drawn.
    """

    rule: str
    purchases: Array
    sales: Array
    course: tuple[Array, Array]
    note: str
    drawn: Drawn | None = None

    def of(self, measure: str) -> Array:
        """The forecast of "purchases" or "sales", (n,)."""
        return self.purchases if measure == "purchases" else self.sales
