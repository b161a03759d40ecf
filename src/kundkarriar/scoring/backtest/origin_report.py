"""Accuracy of the forecasts made at one origin, as a few hundred numbers whatever the number of customers."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.forecast import accuracy
from kundkarriar.numerics.forecast.overdispersion import RateVariance
from kundkarriar.numerics.money.exact_sums import by_group, total
from kundkarriar.scoring.backtest.forecast import MEASURES, Forecast
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin

DECILES = 10


@frozen(kw_only=True)
class MeasureReport:
    """Accuracy of one forecast of purchases or sales; None where unknown.

    Attributes:
        predicted, actual: totals over customers.
        bias: predicted / actual - 1.
        mean_error, mae, rmse: per customer.
        gini: normalised Gini coefficient of the ranking by forecast.
        deciles: by forecast, from the highest: number, customers, predicted total, actual total.
        cumulative: predicted and actual total from the origin to each step.
        low, high: central 90 % interval of the total.
        covered, covered_ties_split: coverage of customers' intervals at each of `LEVELS`, plain and with ties split.
    """

    predicted: float
    actual: float
    bias: float | None
    mean_error: float
    mae: float
    rmse: float
    gini: float | None
    deciles: tuple[tuple[int, int, float, float], ...]
    cumulative: tuple[tuple[float, float], ...]
    low: float | None
    high: float | None
    covered: tuple[float, ...] | None
    covered_ties_split: tuple[float, ...] | None

    @classmethod
    def of(cls, forecast: Forecast, measure: str, *, actual: Array, cumulative: Array) -> MeasureReport:
        """The report of one measure; `actual` is (n,), `cumulative` holds the actual totals, (steps,)."""
        both = {"predicted": forecast.of(measure), "actual": actual}
        predictive = forecast.predictive
        predicted_totals = forecast.cumulative[MEASURES.index(measure)]
        return cls(
            predicted=total(both["predicted"]),
            actual=total(actual),
            bias=accuracy.bias(**both),
            mean_error=accuracy.mean_error(**both),
            mae=accuracy.mae(**both),
            rmse=accuracy.rmse(**both),
            gini=accuracy.normalised_gini(**both),
            deciles=_deciles(**both),
            cumulative=tuple(zip(predicted_totals.tolist(), cumulative.tolist(), strict=True)),
            low=None if predictive is None else predictive.low[measure],
            high=None if predictive is None else predictive.high[measure],
            covered=None if predictive is None else predictive.covered[measure],
            covered_ties_split=None if predictive is None else predictive.covered_ties_split[measure],
        )


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
        newcomers: number of customers with a first purchase after the origin; they are in no forecast.
        newcomer_purchases, newcomer_sales: their purchase days; sales of all customers without a forecast.
        steps: the days of the cumulative totals.
        rules: the model first, then the rules of thumb.
        rate_variance: overdispersion of outcomes relative to the model's draws; None where it cannot draw.
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

    @classmethod
    def of(cls, origin: ForecastOrigin, forecasts: tuple[Forecast, ...]) -> OriginReport:
        """The report of the forecasts made at one origin, the model's first."""
        purchases, sales = (of(origin.start, origin.end) for of in (origin.purchases, origin.sales))
        total_purchases, total_sales = origin.cumulative()
        predictive = forecasts[0].predictive
        newcomers, newcomer_purchases, newcomer_sales = origin.newcomers()
        return cls(
            start=origin.start,
            end=origin.end,
            customers=len(origin),
            newcomers=newcomers,
            newcomer_purchases=newcomer_purchases,
            newcomer_sales=newcomer_sales,
            steps=origin.steps(),
            rules=tuple(
                RuleReport(
                    rule=forecast.rule,
                    note=forecast.note,
                    purchases=MeasureReport.of(forecast, "purchases", actual=purchases, cumulative=total_purchases),
                    sales=MeasureReport.of(forecast, "sales", actual=sales, cumulative=total_sales),
                )
                for forecast in forecasts
            ),
            rate_variance=None if predictive is None else predictive.rate_variance,
        )

    @property
    def origin(self) -> str:
        """The last day that the forecasts could read, as text."""
        return str(np.datetime64(self.start, "D"))

    @property
    def until(self) -> str:
        """The last day of the outcome, as text."""
        return str(np.datetime64(self.end, "D"))


def _deciles(*, predicted: Array, actual: Array) -> tuple[tuple[int, int, float, float], ...]:
    decile = accuracy.groups(predicted=predicted, count=DECILES)
    customers = np.bincount(decile, minlength=DECILES + 1)
    predicted_sum, actual_sum = (by_group(values, decile, size=DECILES + 1) for values in (predicted, actual))
    return tuple(
        (number, int(customers[number]), float(predicted_sum[number]), float(actual_sum[number]))
        for number in range(1, DECILES + 1)
        if customers[number]
    )
