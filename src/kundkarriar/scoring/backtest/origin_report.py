"""Accuracy of the forecasts made at one origin, as a few hundred numbers whatever the number of customers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.forecast import accuracy
from kundkarriar.numerics.forecast.overdispersion import RateVariance
from kundkarriar.numerics.money.exact_sums import by_group, total
from kundkarriar.scoring.backtest.forecast import Forecast, Interval
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin
from kundkarriar.scoring.backtest.kind_report import KindReport
from kundkarriar.scoring.newcomers.newcomer_forecast import NewcomerForecast

ACCURACY: dict[str, Callable[..., float | None]] = {
    **{each.__name__: each for each in (accuracy.bias, accuracy.mean_error, accuracy.mae, accuracy.rmse)},
    "gini": accuracy.normalised_gini,
}
"""Measures of accuracy by name, in the order of their columns."""
DECILES = 10


@frozen(kw_only=True)
class MeasureReport:
    """Accuracy of one forecast of purchases or sales; None where unknown.

    Attributes:
        predicted, actual: totals over customers.
        accuracy: by the names of `ACCURACY`.
        deciles: by forecast, from the highest: number, customers, predicted total, actual total.
        cumulative: predicted and actual total from the origin to each step.
    """

    predicted: float
    actual: float
    accuracy: dict[str, float | None]
    deciles: tuple[tuple[int, int, float, float], ...]
    cumulative: tuple[tuple[float, float], ...]
    interval: Interval

    @classmethod
    def of(
        cls, predicted: Array, predicted_totals: Array, interval: Interval, actual: Array, actual_totals: Array
    ) -> MeasureReport:
        """The report of one measure: forecast and outcome, (n,); their cumulative totals, (steps,)."""
        both = {"predicted": predicted, "actual": actual}
        decile = accuracy.groups(predicted=predicted, count=DECILES)
        customers = np.bincount(decile, minlength=DECILES + 1)
        sums = (by_group(values, decile, size=DECILES + 1).tolist() for values in both.values())
        deciles = zip(range(DECILES + 1), customers.tolist(), *sums, strict=True)
        return cls(
            predicted=total(predicted),
            actual=total(actual),
            accuracy={name: measure(**both) for name, measure in ACCURACY.items()},
            deciles=tuple(row for row in deciles if row[1]),
            cumulative=tuple(zip(predicted_totals.tolist(), actual_totals.tolist(), strict=True)),
            interval=interval,
        )

    @property
    def ratio(self) -> float | None:
        """Actual / predicted; None unless the predicted total is positive."""
        return self.actual / self.predicted if self.predicted > 0 else None

    @property
    def log_error(self) -> float | None:
        """Log of actual / predicted; None unless both are positive."""
        return math.log(self.actual / self.predicted) if self.predicted > 0 and self.actual > 0 else None


@frozen(kw_only=True)
class RuleReport:
    """Accuracy of the forecast of one rule, or of the model."""

    rule: str
    note: str
    purchases: MeasureReport
    sales: MeasureReport

    def of(self, measure: str) -> MeasureReport:
        """The report of "purchases" or "sales"."""
        return self.purchases if measure == "purchases" else self.sales


@frozen(kw_only=True)
class OriginReport:
    """Accuracy of all forecasts made at one origin.

    Attributes:
        start, end: the origin and the last day of the outcome, as days since 1970-01-01.
        customers: number of customers forecast.
        older: number of those who may be older than the data, by the burn-in.
        newcomers, newcomer_purchases, newcomer_sales: as `ForecastOrigin.newcomers`.
        newcomer_forecast: the forecast of the same; None where there is none.
        not_forecast: the reason for that.
        steps: the days of the cumulative totals.
        rules: the model first, then the rules of thumb.
        rate_variance: overdispersion of outcomes relative to the model's draws; None where it cannot draw.
        kinds: the model's totals by kind of customer; empty in a report that was made without them.
    """

    start: int
    end: int
    customers: int
    newcomers: int
    newcomer_purchases: int
    newcomer_sales: float
    steps: tuple[int, ...]
    rules: tuple[RuleReport, ...]
    rate_variance: RateVariance | None
    kinds: tuple[KindReport, ...] = ()
    older: int = 0
    newcomer_forecast: NewcomerForecast | None = None
    not_forecast: str = ""

    @classmethod
    def of(cls, origin: ForecastOrigin, forecasts: tuple[Forecast, ...]) -> OriginReport:
        """The report of the forecasts made at one origin, the model's first."""
        actual = origin.outcome, origin.cumulative()
        rules = []
        for forecast in forecasts:
            predicted = (forecast.purchases, forecast.sales), forecast.cumulative, forecast.intervals
            purchases, sales = map(MeasureReport.of, *predicted, *actual)
            rules.append(RuleReport(rule=forecast.rule, note=forecast.note, purchases=purchases, sales=sales))
        newcomers, newcomer_purchases, newcomer_sales = origin.newcomers()
        coming = forecasts[0].newcomers
        return cls(
            start=origin.start,
            end=origin.end,
            customers=len(origin),
            newcomers=newcomers,
            newcomer_purchases=newcomer_purchases,
            newcomer_sales=newcomer_sales,
            steps=origin.steps(),
            rules=tuple(rules),
            rate_variance=forecasts[0].rate_variance,
            kinds=forecasts[0].kinds,
            older=int(origin.older.sum()),
            newcomer_forecast=coming if isinstance(coming, NewcomerForecast) else None,
            not_forecast=coming if isinstance(coming, str) else "",
        )

    @property
    def origin(self) -> str:
        """`start` as text."""
        return str(np.datetime64(self.start, "D"))

    @property
    def until(self) -> str:
        """`end` as text."""
        return str(np.datetime64(self.end, "D"))
