"""A forecast of every customer at an origin, by the model or by a rule of thumb."""

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.forecast.overdispersion import RateVariance
from kundkarriar.scoring.backtest.kind_report import KindReport
from kundkarriar.scoring.draws.tile_values import Measure
from kundkarriar.scoring.newcomers.newcomer_forecast import NewcomerForecast

MEASURES: tuple[Measure, Measure] = ("purchases", "sales")
"""What a backtest forecasts, customer by customer."""

LEVELS = (0.5, 0.8, 0.9, 0.95)
"""Levels of the intervals whose coverage is reported."""


@frozen(kw_only=True)
class Interval:
    """Central 90 % interval of a total, and coverage at each of `LEVELS`; None where the models cannot draw futures.

    `covered` is the share of customers whose outcome lay in their own interval; `covered_ties_split` is the same with
    ties split, so that it equals the level where the model is right. `totals` are the drawn totals, (S,), without an
    error of the level.
    """

    low: float | None = None
    high: float | None = None
    covered: tuple[float | None, ...] = (None,) * len(LEVELS)
    covered_ties_split: tuple[float | None, ...] = (None,) * len(LEVELS)
    totals: tuple[float, ...] = ()

    @property
    def log_variance(self) -> float | None:
        """Variance of the log of the drawn totals; None without draws, or where one is not above 0."""
        return float(np.log(self.totals).var(ddof=1)) if self.totals and min(self.totals) > 0 else None


@frozen(kw_only=True, eq=False)
class Forecast:
    """A forecast of n customers over the horizon, by the "model" or the `rule` of thumb of that name.

    Attributes:
        purchases: number of purchase days of each customer, (n,).
        sales: sales of each customer, net of returns and not discounted, (n,).
        cumulative: total purchases and total sales from the origin to each step, (steps,) each.
        rate_variance: overdispersion of outcomes relative to the draws; None where it is unknown.
        kinds: the totals of each kind of customer; none of a rule of thumb.
        newcomers: what customers who arrive after the origin buy; a sentence says why that is not forecast.
    """

    rule: str
    purchases: Array
    sales: Array
    cumulative: tuple[Array, Array]
    note: str
    intervals: tuple[Interval, Interval] = field(default=(Interval(), Interval()))
    rate_variance: RateVariance | None = None
    kinds: tuple[KindReport, ...] = ()
    newcomers: NewcomerForecast | str = ""
