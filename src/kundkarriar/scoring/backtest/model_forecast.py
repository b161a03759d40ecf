"""The forecast of a scorer's models, refitted at an origin."""

from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.numerics.forecast.accuracy import groups
from kundkarriar.numerics.forecast.coverage import interval_coverage
from kundkarriar.numerics.forecast.overdispersion import rate_variance
from kundkarriar.numerics.forecast.total_error import total_error
from kundkarriar.scoring.backtest.customer_kinds import KINDS, CustomerKind, customer_kinds
from kundkarriar.scoring.backtest.forecast import LEVELS, MEASURES, Forecast, Interval
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin
from kundkarriar.scoring.backtest.kind_report import KindReport
from kundkarriar.scoring.draws.drawn_total import in_one_line, interval_around
from kundkarriar.scoring.draws.value_draws import ValueDraws
from kundkarriar.scoring.level import NO_LEVEL
from kundkarriar.scoring.newcomers.newcomer_forecast import newcomer_forecast
from kundkarriar.scoring.value_scorer import FittedValueScorer, ValueScorer

EVERYONE = KINDS.index("everyone")
FORECAST_GROUPS = 20
"""Number of groups of similar forecasts, within which the variance of outcomes is compared with that of the draws."""
NO_LEVEL_ERROR = "interval: level error not included (kk.Backtest(...).run(...).totals() has it)"


def model_forecast(
    scorer: ValueScorer, origin: ForecastOrigin, *, draws: int, seed: int
) -> tuple[Forecast, FittedValueScorer]:
    """The forecast of both models fitted to the summary as of the origin, and the fitted scorer.

    Models with given parameters are not refitted. Sales are undiscounted and net of returns: the scorer's margin,
    costs, discount rate and level are not used.
    """
    terms: dict[str, Any] = {"margin": 1.0, "costs": None, "discount_rate": 0.0, "level": NO_LEVEL}
    spec = evolve(scorer, **terms, horizon=f"{origin.length}D", first_purchase=None)  # buyers alone are forecast
    fitted = spec.fit(origin.summary, customers=origin.customers)
    base = fitted.base(origin.summary, customers=origin.customers)
    horizons = (f"{step - origin.start}D" for step in origin.steps())
    scorers = (evolve(fitted, scorer=evolve(spec, horizon=horizon)) for horizon in horizons)
    scores = [each.score_base(base) for each in scorers]
    by_step = [[step[f"expected_{measure}"] for measure in MEASURES] for step in scores]
    drawn = fitted.draw_if_able(base, scores=scores[-1], draws=draws, seed=seed)
    note = "no interval: the models cannot draw futures" if drawn is None else NO_LEVEL_ERROR
    forecast = Forecast(
        rule="model",
        purchases=by_step[-1][0],
        sales=by_step[-1][1],
        cumulative=tuple(np.array([[each.sum() for each in step] for step in by_step]).T),
        note=in_one_line(note, fitted.season_note, *fitted.weaknesses),
    )
    coming = newcomer_forecast(
        fitted, base, origin.days, as_of=origin.date, until=origin.until, burn_in=origin.burn_in, drawn=drawn
    )
    forecast, kinds = evolve(forecast, newcomers=coming), customer_kinds(origin)
    if drawn is None:
        return evolve(forecast, kinds=_kind_reports(kinds, forecast, origin)), fitted
    return _with_draws(forecast, drawn, origin, kinds=kinds), fitted


def _with_draws(
    forecast: Forecast, draws: ValueDraws, origin: ForecastOrigin, *, kinds: tuple[CustomerKind, ...]
) -> Forecast:
    """Intervals, coverage, overdispersion and totals by kind, from one pass over the draws, block by block."""
    outcome, variance = origin.outcome, np.zeros((len(MEASURES), len(origin)))
    totals, covered = np.zeros((len(MEASURES), len(kinds), len(draws))), np.zeros((2, 2, len(LEVELS)))
    member = np.array([kind.member for kind in kinds], dtype=np.float64)
    for at, blocks in draws.together(MEASURES):
        for measure, (block, actual) in enumerate(zip(blocks, outcome, strict=True)):
            totals[measure] += member[:, at] @ block
            hits = interval_coverage(draws=block, actual=actual[at], levels=LEVELS)
            covered[measure] += [each.sum(axis=1) for each in hits]
            variance[measure, at] = block.var(axis=1, ddof=1)
    expected = (float(forecast.purchases.sum()), float(forecast.sales.sum()))
    bounds = [interval_around(at, drawn, 0.9) for at, drawn in zip(expected, totals[:, EVERYONE], strict=True)]
    purchases, sales = (
        Interval(low=low, high=high, covered=tuple(plain), covered_ties_split=tuple(ties_split), totals=tuple(drawn))
        for (low, high), (plain, ties_split), drawn in zip(
            bounds, (covered / len(origin)).tolist(), totals[:, EVERYONE].tolist(), strict=True
        )
    )
    similar = groups(predicted=forecast.purchases, count=FORECAST_GROUPS)
    return evolve(
        forecast,
        intervals=(purchases, sales),
        rate_variance=rate_variance(actual=outcome[0], mean=forecast.purchases, variance=variance[0], group=similar),
        kinds=_kind_reports(kinds, forecast, origin, variance=variance, drawn=totals),
    )


def _kind_reports(
    kinds: tuple[CustomerKind, ...],
    forecast: Forecast,
    origin: ForecastOrigin,
    *,
    variance: Array | None = None,
    drawn: Array | None = None,
) -> tuple[KindReport, ...]:
    """The totals of each kind; of draws the `variance` of customers, (2, n), and the totals `drawn`, (2, kinds, S)."""
    both = tuple(zip((forecast.purchases, forecast.sales), origin.outcome, strict=True))
    reports = []
    for place, kind in enumerate(kinds):
        purchases, sales = (
            total_error(
                predicted=predicted[kind.member],
                actual=actual[kind.member],
                variance=None if variance is None else variance[measure, kind.member],
                drawn=None if drawn is None else drawn[measure, place],
            )
            for measure, (predicted, actual) in enumerate(both)
        )
        size = int(kind.member.sum())
        reports.append(
            KindReport(kind=kind.kind, definition=kind.definition, customers=size, purchases=purchases, sales=sales)
        )
    return tuple(reports)
