"""What a scorer's models, fitted anew at an origin, foresee of every customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from kundkarriar.frames import narrow, numbers
from kundkarriar.numerics.forecast.accuracy import groups
from kundkarriar.numerics.forecast.coverage import covered
from kundkarriar.numerics.forecast.overdispersion import rate_variance
from kundkarriar.scoring.backtest.forecast import LEVELS, Drawn, Forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.numerics.forecast.overdispersion import RateVariance
    from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin
    from kundkarriar.scoring.value_draws import Measure, ValueDraws
    from kundkarriar.scoring.value_scorer import FittedValueScorer, ValueScorer

    Array = NDArray[np.float64]

NEED = "backtest"
MEASURES: tuple[Measure, Measure] = ("purchases", "sales")
LIKE_FORECASTS = 20
"""Groups of like forecasts, within which the scatter of outcomes is set against that of the draws."""


def model_forecast(
    scorer: ValueScorer, known: ForecastOrigin, *, draws: int, seed: int
) -> tuple[Forecast, FittedValueScorer]:
    """Both models fitted to the summary as of the origin (given parameters as they are), and their forecast.

    Undiscounted sales net of returns: the scorer's margin, costs and rate play no part.
    """
    horizon = f"{known.length}D"
    fitted = evolve(scorer, margin=1.0, costs=None, discount_rate=0.0, horizon=horizon).fit(
        known.summary, customers=known.customers
    )
    scores = narrow(fitted.score(known.summary, customers=known.customers), need=NEED)
    purchases, sales = (numbers(scores, name, need=NEED) for name in ("expected_purchases", "expected_sales"))
    drawn = fitted.draw_if_able(known.summary, customers=known.customers, draws=draws, seed=seed)
    forecast = Forecast(
        rule="model",
        purchases=purchases,
        sales=sales,
        course=_course(fitted, known, purchases=purchases, sales=sales),
        note=_note(fitted, drawn),
        drawn=None if drawn is None else _drawn(drawn, known, expected=purchases),
    )
    return forecast, fitted


def _note(fitted: FittedValueScorer, drawn: ValueDraws | None) -> str:
    interval = "no interval: the models cannot draw futures" if drawn is None else "interval: model error not included"
    return f"{interval}; {fitted.season_note}" if fitted.season_note else interval


def _course(fitted: FittedValueScorer, known: ForecastOrigin, *, purchases: Array, sales: Array) -> tuple[Array, Array]:
    """Purchases and sales of all customers up to each step: the same fit asked at a shorter horizon."""
    counted, brought = [], []
    for step in known.steps()[:-1]:
        shorter = evolve(fitted, scorer=evolve(fitted.scorer, horizon=f"{step - known.start}D"))
        scores = narrow(shorter.score(known.summary, customers=known.customers), need=NEED)
        counted.append(float(numbers(scores, "expected_purchases", need=NEED).sum()))
        brought.append(float(numbers(scores, "expected_sales", need=NEED).sum()))
    return np.array([*counted, purchases.sum()]), np.array([*brought, sales.sum()])


def _drawn(draws: ValueDraws, known: ForecastOrigin, *, expected: Array) -> Drawn:
    """Totals, coverage and scatter from one reading of the draws, block by block."""
    actual = {
        "purchases": known.purchases(known.start, known.end),
        "sales": known.sales(known.start, known.end),
    }
    totals = {measure: np.zeros(len(draws)) for measure in MEASURES}
    inside, split = ({measure: np.zeros(len(LEVELS)) for measure in MEASURES} for _ in range(2))
    variance = np.zeros(len(known))
    for at, blocks in draws.together(MEASURES):
        for measure, block in zip(MEASURES, blocks, strict=True):
            totals[measure] += block.sum(axis=0)
            hits, shares = covered(draws=block, actual=actual[measure][at], levels=LEVELS)
            inside[measure] += hits.sum(axis=1)
            split[measure] += shares.sum(axis=1)
        variance[at] = blocks[0].var(axis=1, ddof=1)
    bounds = {measure: np.quantile(total, [0.05, 0.95]) for measure, total in totals.items()}
    n = len(known)
    return Drawn(
        low={measure: float(low) for measure, (low, _) in bounds.items()},
        high={measure: float(high) for measure, (_, high) in bounds.items()},
        inside={measure: tuple((hits / n).tolist()) for measure, hits in inside.items()},
        split={measure: tuple((shares / n).tolist()) for measure, shares in split.items()},
        scatter=_scatter(actual["purchases"], expected, variance),
    )


def _scatter(actual: Array, expected: Array, variance: Array) -> RateVariance | None:
    alike = groups(predicted=expected, count=LIKE_FORECASTS)
    return rate_variance(actual=actual, mean=expected, variance=variance, group=alike)
