"""The forecast of a scorer's models, refitted at an origin."""

import numpy as np
from attrs import evolve

from kundkarriar.numerics.forecast.accuracy import groups
from kundkarriar.numerics.forecast.coverage import interval_coverage
from kundkarriar.numerics.forecast.overdispersion import rate_variance
from kundkarriar.scoring.backtest.forecast import LEVELS, MEASURES, Forecast, Interval
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin
from kundkarriar.scoring.drawn_total import interval_around
from kundkarriar.scoring.value_draws import MODEL_ERROR, ValueDraws
from kundkarriar.scoring.value_scorer import FittedValueScorer, ValueScorer

FORECAST_GROUPS = 20
"""Number of groups of similar forecasts, within which the variance of outcomes is compared with that of the draws."""


def model_forecast(
    scorer: ValueScorer, origin: ForecastOrigin, *, draws: int, seed: int
) -> tuple[Forecast, FittedValueScorer]:
    """The forecast of both models fitted to the summary as of the origin, and the fitted scorer.

    Models with given parameters are not refitted. Sales are undiscounted and net of returns: the scorer's margin,
    costs and discount rate are not used.
    """
    spec = evolve(scorer, margin=1.0, costs=None, discount_rate=0.0, horizon=f"{origin.length}D")
    fitted = spec.fit(origin.summary, customers=origin.customers)
    base = fitted.base(origin.summary, customers=origin.customers)
    horizons = (f"{step - origin.start}D" for step in origin.steps())
    scorers = (evolve(fitted, scorer=evolve(spec, horizon=horizon)) for horizon in horizons)
    scores = [each.score_base(base) for each in scorers]
    by_step = [[step[f"expected_{measure}"] for measure in MEASURES] for step in scores]
    drawn = fitted.draw_if_able(base, scores=scores[-1], draws=draws, seed=seed)
    note = "no interval: the models cannot draw futures" if drawn is None else f"interval: {MODEL_ERROR}"
    forecast = Forecast(
        rule="model",
        purchases=by_step[-1][0],
        sales=by_step[-1][1],
        cumulative=tuple(np.array([[each.sum() for each in step] for step in by_step]).T),
        note="; ".join(filter(None, (note, fitted.season_note, *fitted.weaknesses))),
    )
    return forecast if drawn is None else _with_intervals(forecast, drawn, origin), fitted


def _with_intervals(forecast: Forecast, draws: ValueDraws, origin: ForecastOrigin) -> Forecast:
    """Intervals of totals, coverage and overdispersion, from one pass over the draws, block by block."""
    outcome, variance = origin.outcome, np.zeros(len(origin))
    totals, covered = np.zeros((2, len(draws))), np.zeros((2, 2, len(LEVELS)))
    for at, blocks in draws.together(MEASURES):
        for measure, (block, actual) in enumerate(zip(blocks, outcome, strict=True)):
            totals[measure] += block.sum(axis=0)
            hits = interval_coverage(draws=block, actual=actual[at], levels=LEVELS)
            covered[measure] += [each.sum(axis=1) for each in hits]
        variance[at] = blocks[0].var(axis=1, ddof=1)
    expected = (forecast.purchases.sum(), forecast.sales.sum())
    bounds = [interval_around(float(at), drawn, 0.9) for at, drawn in zip(expected, totals, strict=True)]
    shares = (covered / len(origin)).tolist()
    purchases, sales = (
        Interval(low=low, high=high, covered=tuple(plain), covered_ties_split=tuple(ties_split))
        for (low, high), (plain, ties_split) in zip(bounds, shares, strict=True)
    )
    similar = groups(predicted=forecast.purchases, count=FORECAST_GROUPS)
    rates = rate_variance(actual=outcome[0], mean=forecast.purchases, variance=variance, group=similar)
    return evolve(forecast, intervals=(purchases, sales), rate_variance=rates)
