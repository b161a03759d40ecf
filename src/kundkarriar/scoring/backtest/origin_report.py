"""How forecasts made at one origin came out: numbers only, a few hundred, whatever the number of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kundkarriar.numerics.forecast import accuracy
from kundkarriar.numerics.money.exact_sums import by_group, total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.numerics.forecast.overdispersion import RateVariance
    from kundkarriar.scoring.backtest.forecast import Forecast
    from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin

    Array = NDArray[np.float64]

MEASURES = ("purchases", "sales")
DECILES = 10


@frozen(kw_only=True)
class MeasureReport:
    """Purchases, or sales, of one forecast beside what happened; None is what cannot be known.

    Attributes:
        predicted, actual: of all customers together.
        bias: predicted / actual - 1.
        mean_error, mae, rmse: of a customer.
        gini: normalised, of the forecast's order.
        deciles: of the forecast, from the highest: number, customers, predicted and actual sum.
        course: predicted and actual sum from the origin to each step.
        low, high: 90 % interval of the sum.
        inside, split: coverage at each of `LEVELS`, as counted and with ties shared out.
    """

    predicted: float
    actual: float
    bias: float | None
    mean_error: float
    mae: float
    rmse: float
    gini: float | None
    deciles: tuple[tuple[int, int, float, float], ...]
    course: tuple[tuple[float, float], ...]
    low: float | None
    high: float | None
    inside: tuple[float, ...] | None
    split: tuple[float, ...] | None

    @classmethod
    def of(cls, forecast: Forecast, measure: str, *, actual: Array, course: Array) -> MeasureReport:
        """One measure of a forecast: `actual` of each customer (n,), and its `course` of all together (steps,)."""
        both = {"predicted": forecast.of(measure), "actual": actual}
        drawn = forecast.drawn
        foreseen = forecast.course[MEASURES.index(measure)]
        return cls(
            predicted=total(both["predicted"]),
            actual=total(actual),
            bias=accuracy.bias(**both),
            mean_error=accuracy.mean_error(**both),
            mae=accuracy.mae(**both),
            rmse=accuracy.rmse(**both),
            gini=accuracy.normalised_gini(**both),
            deciles=_deciles(**both),
            course=tuple(zip(foreseen.tolist(), course.tolist(), strict=True)),
            low=None if drawn is None else drawn.low[measure],
            high=None if drawn is None else drawn.high[measure],
            inside=None if drawn is None else drawn.inside[measure],
            split=None if drawn is None else drawn.split[measure],
        )


@frozen(kw_only=True)
class RuleReport:
    """How the forecast of one rule, or of the model, came out."""

    rule: str
    note: str
    purchases: MeasureReport
    sales: MeasureReport

    def of(self, measure: str) -> MeasureReport:
        """The report of "purchases" or "sales"."""
        return self.purchases if measure == "purchases" else self.sales


@frozen(kw_only=True)
class OriginReport:
    """How all forecasts made at one origin came out.

    Attributes:
        start, end: the origin and the last day of the outcome, as days since 1970-01-01.
        customers: who was forecast.
        newcomers: who first bought after the origin, and is in no forecast.
        newcomer_purchases, newcomer_sales: what they bought; sales of everyone who was not forecast.
        steps: the days that the course of sums is given at.
        rules: the model first, then the rules of thumb.
        scatter: of customers' outcomes beyond that of the model's draws; None where it cannot draw.
    """

    start: int
    end: int
    customers: int
    newcomers: int
    newcomer_purchases: int
    newcomer_sales: float
    steps: tuple[int, ...]
    rules: tuple[RuleReport, ...]
    scatter: RateVariance | None

    @classmethod
    def of(cls, known: ForecastOrigin, forecasts: tuple[Forecast, ...]) -> OriginReport:
        """The forecasts of one origin, the model's first, beside what happened."""
        purchases, sales = (of(known.start, known.end) for of in (known.purchases, known.sales))
        counted, brought = known.course()
        drawn = forecasts[0].drawn
        newcomers, their_purchases, their_sales = known.newcomers()
        return cls(
            start=known.start,
            end=known.end,
            customers=len(known),
            newcomers=newcomers,
            newcomer_purchases=their_purchases,
            newcomer_sales=their_sales,
            steps=known.steps(),
            rules=tuple(
                RuleReport(
                    rule=forecast.rule,
                    note=forecast.note,
                    purchases=MeasureReport.of(forecast, "purchases", actual=purchases, course=counted),
                    sales=MeasureReport.of(forecast, "sales", actual=sales, course=brought),
                )
                for forecast in forecasts
            ),
            scatter=None if drawn is None else drawn.scatter,
        )

    @property
    def origin(self) -> str:
        """The last day that was read."""
        return str(np.datetime64(self.start, "D"))

    @property
    def until(self) -> str:
        """The last day of the outcome."""
        return str(np.datetime64(self.end, "D"))


def _deciles(*, predicted: Array, actual: Array) -> tuple[tuple[int, int, float, float], ...]:
    decile = accuracy.groups(predicted=predicted, count=DECILES)
    customers = np.bincount(decile, minlength=DECILES + 1)
    foreseen, came = (by_group(values, decile, size=DECILES + 1) for values in (predicted, actual))
    return tuple(
        (number, int(customers[number]), float(foreseen[number]), float(came[number]))
        for number in range(1, DECILES + 1)
        if customers[number]
    )
