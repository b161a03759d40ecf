"""The forecast of a scorer's models, refitted at an origin."""

from __future__ import annotations

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.frames import narrow, numbers
from kundkarriar.numerics.forecast.accuracy import groups
from kundkarriar.numerics.forecast.coverage import interval_coverage
from kundkarriar.numerics.forecast.overdispersion import RateVariance, rate_variance
from kundkarriar.scoring.backtest.forecast import LEVELS, MEASURES, Forecast, PredictiveSummary
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.value_draws import ValueDraws
from kundkarriar.scoring.value_scorer import FittedValueScorer, ValueScorer

NEED = "backtest"
FORECAST_GROUPS = 20
"""Number of groups of similar forecasts, within which the variance of outcomes is compared with that of the draws."""


def model_forecast(
    scorer: ValueScorer, origin: ForecastOrigin, *, draws: int, seed: int
) -> tuple[Forecast, FittedValueScorer]:
    """The forecast of both models fitted to the summary as of the origin, and the fitted scorer.

    Models with given parameters are not refitted. Sales are undiscounted and net of returns: the scorer's margin,
    costs and discount rate are not used.
    """
    horizon = f"{origin.length}D"
    fitted = evolve(scorer, margin=1.0, costs=None, discount_rate=0.0, horizon=horizon).fit(
        origin.summary, customers=origin.customers
    )
    base = fitted.base(origin.summary, customers=origin.customers)
    scores = narrow(fitted.score_base(base), need=NEED)
    purchases, sales = (numbers(scores, name, need=NEED) for name in ("expected_purchases", "expected_sales"))
    draws_or_none = fitted.draw_if_able(base, draws=draws, seed=seed)
    forecast = Forecast(
        rule="model",
        purchases=purchases,
        sales=sales,
        cumulative=_cumulative(fitted, origin, base, purchases=purchases, sales=sales),
        note=_interval_note(fitted, draws_or_none),
        predictive=None if draws_or_none is None else _predictive_summary(draws_or_none, origin, expected=purchases),
    )
    return forecast, fitted


def _interval_note(fitted: FittedValueScorer, draws: ValueDraws | None) -> str:
    interval = "no interval: the models cannot draw futures" if draws is None else "interval: model error not included"
    return f"{interval}; {fitted.season_note}" if fitted.season_note else interval


def _cumulative(
    fitted: FittedValueScorer, origin: ForecastOrigin, base: CustomerBase, *, purchases: Array, sales: Array
) -> tuple[Array, Array]:
    """Expected total purchases and sales up to each step: the same fit with shorter horizons."""
    cumulative_purchases, cumulative_sales = [], []
    for step in origin.steps()[:-1]:
        shorter = evolve(fitted, scorer=evolve(fitted.scorer, horizon=f"{step - origin.start}D"))
        scores = narrow(shorter.score_base(base), need=NEED)
        cumulative_purchases.append(float(numbers(scores, "expected_purchases", need=NEED).sum()))
        cumulative_sales.append(float(numbers(scores, "expected_sales", need=NEED).sum()))
    return np.array([*cumulative_purchases, purchases.sum()]), np.array([*cumulative_sales, sales.sum()])


def _predictive_summary(draws: ValueDraws, origin: ForecastOrigin, *, expected: Array) -> PredictiveSummary:
    """Intervals of totals, coverage and overdispersion, from one pass over the draws, block by block."""
    actual = {"purchases": origin.purchases(origin.start, origin.end), "sales": origin.sales(origin.start, origin.end)}
    totals = {measure: np.zeros(len(draws)) for measure in MEASURES}
    hits, hits_ties_split = ({measure: np.zeros(len(LEVELS)) for measure in MEASURES} for _ in range(2))
    variance = np.zeros(len(origin))
    for at, blocks in draws.together(MEASURES):
        for measure, block in zip(MEASURES, blocks, strict=True):
            totals[measure] += block.sum(axis=0)
            inside, share = interval_coverage(draws=block, actual=actual[measure][at], levels=LEVELS)
            hits[measure] += inside.sum(axis=1)
            hits_ties_split[measure] += share.sum(axis=1)
        variance[at] = blocks[0].var(axis=1, ddof=1)
    bounds = {measure: np.quantile(total, [0.05, 0.95]) for measure, total in totals.items()}
    n = len(origin)
    return PredictiveSummary(
        low={measure: float(low) for measure, (low, _) in bounds.items()},
        high={measure: float(high) for measure, (_, high) in bounds.items()},
        covered={measure: tuple((each / n).tolist()) for measure, each in hits.items()},
        covered_ties_split={measure: tuple((each / n).tolist()) for measure, each in hits_ties_split.items()},
        rate_variance=_rate_variance(actual["purchases"], expected, variance),
    )


def _rate_variance(actual: Array, expected: Array, variance: Array) -> RateVariance | None:
    similar = groups(predicted=expected, count=FORECAST_GROUPS)
    return rate_variance(actual=actual, mean=expected, variance=variance, group=similar)
