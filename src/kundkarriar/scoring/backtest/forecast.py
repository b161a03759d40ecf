"""A forecast of every customer at an origin, by the model or by a rule of thumb."""

from __future__ import annotations

from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.forecast.overdispersion import RateVariance
from kundkarriar.scoring.value_draws import Measure

MEASURES: tuple[Measure, Measure] = ("purchases", "sales")
"""What a backtest forecasts, customer by customer."""

LEVELS = (0.5, 0.8, 0.9, 0.95)
"""Levels of the intervals whose coverage is reported."""


@frozen(kw_only=True, eq=False)
class PredictiveSummary:
    """Summary of the model's predictive distribution at an origin: intervals of totals, coverage, overdispersion.

    Attributes:
        low, high: central 90 % interval of the total, by measure.
        covered: by measure, share of customers whose outcome lay in their interval, at each of `LEVELS`.
        covered_ties_split: the same with ties split, so that it equals the level where the model is right.
        rate_variance: overdispersion of outcomes relative to the draws; None where nobody was expected to buy.
    """

    low: dict[str, float]
    high: dict[str, float]
    covered: dict[str, tuple[float, ...]]
    covered_ties_split: dict[str, tuple[float, ...]]
    rate_variance: RateVariance | None


@frozen(kw_only=True, eq=False)
class Forecast:
    """A forecast of n customers over the horizon.

    Attributes:
        rule: "model", or the name of a rule of thumb.
        purchases: number of purchase days of each customer, (n,).
        sales: sales of each customer, net of returns and not discounted, (n,).
        cumulative: total purchases and total sales from the origin to each step, (steps,) each.
        note: a remark for the reader of the results.
        predictive: summary of the predictive distribution; None where the models cannot draw futures.
    """

    rule: str
    purchases: Array
    sales: Array
    cumulative: tuple[Array, Array]
    note: str
    predictive: PredictiveSummary | None = None

    def of(self, measure: str) -> Array:
        """The forecast of "purchases" or "sales", (n,)."""
        return self.purchases if measure == "purchases" else self.sales
