"""Rules of thumb that need no model: what a model must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.frames import narrow, numbers
from kundkarriar.history.period import Period
from kundkarriar.scoring.backtest.forecast import Forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin

    Array = NDArray[np.float64]

NO_MODEL = "a rule of thumb, no model"
YEAR = Period.of("1Y")


def naive_forecasts(known: ForecastOrigin) -> tuple[Forecast, ...]:
    """Every rule that the history is long enough for."""
    found = (last_span_again(known), last_year_again(known), hiatus_heuristic(known), mean_of_all(known))
    return tuple(forecast for forecast in found if forecast is not None)


def last_span_again(known: ForecastOrigin) -> Forecast:
    """Each customer buys what they bought in a span of the horizon's length up to the origin."""
    after, to = known.start - known.length, known.start
    return Forecast(
        rule="last span again",
        purchases=known.purchases(after, to),
        sales=known.sales(after, to),
        course=known.course(shift=known.length),
        note=NO_MODEL,
    )


def last_year_again(known: ForecastOrigin) -> Forecast | None:
    """Each customer buys what they bought on the same dates a year before: the rule that knows the season.

    None where the data do not go back that far, or the same dates lie partly after the origin (horizons above a year).
    """
    start = YEAR.before(known.origin)
    end = int(YEAR.before(known.until).astype(np.int64))
    if start < known.begin or end > known.start:
        return None
    after = int(start.astype(np.int64))
    purchases, sales = known.course(shift=known.start - after)
    counted, brought = known.purchases(after, end), known.sales(after, end)
    # where a 29th of February lies between, the last step a year ago is a day off: the ends are those of the window
    purchases[-1], sales[-1] = counted.sum(), brought.sum()
    return Forecast(rule="last year again", purchases=counted, sales=brought, course=(purchases, sales), note=NO_MODEL)


def hiatus_heuristic(known: ForecastOrigin) -> Forecast:
    """Who was silent no longer than a threshold goes on at their own past rate; the others buy nothing more.

    The rate is repeat purchases over the time since the first, the spend that of a mean purchase day of their own,
    net of returns. Wuebben and von Wangenheim (2008), Journal of Marketing 72(3), took the threshold from managers;
    here it comes from the data up to the origin, see `hiatus_threshold`.
    """
    summary = narrow(known.summary, need="backtest")
    total, bought = (numbers(summary, name, need="backtest") for name in ("total_value", "n_transactions"))
    silence, a_day = _at_own_rate(known, known.start)
    threshold = hiatus_threshold(known)
    purchases = np.where(silence <= threshold, a_day, 0.0) * known.length
    sales = purchases * total / bought
    return Forecast(
        rule="hiatus heuristic",
        purchases=purchases,
        sales=sales,
        course=_evenly(known, purchases, sales),
        note=f"{NO_MODEL}; active: silent for at most {threshold} days",
    )


def hiatus_threshold(known: ForecastOrigin) -> int:
    """The longest silence, in days, after which a customer still counts as active.

    Seen from an earlier date (one horizon before the origin, or half the history where that is shorter), as many
    customers are called active as did buy between that date and the origin: the most recent buyers. 0 days where
    nobody did. (The threshold that is wrong about the fewest, and the one with the smallest squared error, were tried
    on CDNOW and came out at a few days: where most never buy again, to call hardly anyone active is hardly ever wrong.)
    """
    begin = int(known.begin.astype(np.int64))
    trial = max(known.start - known.length, begin + (known.start - begin) // 2)
    silence, _ = _at_own_rate(known, trial)
    there = silence >= 0
    again = int(np.count_nonzero(known.purchases(trial, known.start)[there]))
    return int(np.sort(silence[there])[again - 1]) if again else 0


def _at_own_rate(known: ForecastOrigin, day: int) -> tuple[NDArray[np.int64], Array]:
    """Days since the last purchase by `day` (-1 where there was none), and repeat purchases a day since the first."""
    first, last, count = known.history(day)
    silence = np.where(count > 0, day - last, -1)
    a_day = np.maximum(count - 1, 0) / np.maximum(day - first, 1)
    return silence, np.where(count > 0, a_day, 0.0)


def mean_of_all(known: ForecastOrigin) -> Forecast:
    """Everyone buys the mean of what all bought in the last span: what it is worth to tell customers apart."""
    after, to = known.start - known.length, known.start
    purchases, sales = (
        np.full(len(known), values.mean()) for values in (known.purchases(after, to), known.sales(after, to))
    )
    return Forecast(
        rule="mean of all",
        purchases=purchases,
        sales=sales,
        course=_evenly(known, purchases, sales),
        note=NO_MODEL,
    )


def _evenly(known: ForecastOrigin, purchases: Array, sales: Array) -> tuple[Array, Array]:
    """The course of what comes at the same rate on every day of the horizon."""
    passed = (np.array(known.steps()) - known.start) / known.length
    return passed * purchases.sum(), passed * sales.sum()
