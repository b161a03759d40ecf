"""Naive forecasts: rules of thumb without a model, as benchmarks."""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.dates.period import Period
from kundkarriar.frames import narrow, numbers
from kundkarriar.scoring.backtest.forecast import Forecast
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin

NO_MODEL = "a rule of thumb, no model"
YEAR = Period.of("1Y")


def naive_forecasts(origin: ForecastOrigin) -> tuple[Forecast, ...]:
    """The forecasts of all rules for which the history is long enough."""
    forecasts = (last_span_again(origin), last_year_again(origin), hiatus_heuristic(origin), mean_of_all(origin))
    return tuple(forecast for forecast in forecasts if forecast is not None)


def last_span_again(origin: ForecastOrigin) -> Forecast:
    """Repeat each customer's purchases in the span of the horizon's length up to the origin."""
    purchases, sales = origin.window(origin.start - origin.length, origin.start)
    cumulative = origin.cumulative(shift=origin.length)
    return Forecast(rule="last span again", purchases=purchases, sales=sales, cumulative=cumulative, note=NO_MODEL)


def last_year_again(origin: ForecastOrigin) -> Forecast | None:
    """Repeat each customer's purchases on the same dates a year before (seasonal naive forecast).

    None where the data do not reach back that far, or for horizons above a year.
    """
    after, end = (int(YEAR.before(day).astype(np.int64)) for day in (origin.date, origin.until))
    if after < origin.begin.astype(np.int64) or end > origin.start:
        return None
    cumulative = origin.cumulative(shift=origin.start - after)
    purchases, sales = origin.window(after, end)
    # with a 29th of February in between, the last step a year ago is a day off: take the totals of the window
    cumulative[0][-1], cumulative[1][-1] = purchases.sum(), sales.sum()
    return Forecast(rule="last year again", purchases=purchases, sales=sales, cumulative=cumulative, note=NO_MODEL)


def hiatus_heuristic(origin: ForecastOrigin) -> Forecast:
    """Customers whose last purchase is within the hiatus threshold continue at their own past rate; others buy nothing.

    The rate is the number of repeat purchases over the time since the first purchase. Sales are purchases times the
    customer's mean net spend per purchase day. Wuebben and von Wangenheim (2008), Journal of Marketing 72(3), took the
    threshold from managers; here it is estimated from the data up to the origin, see `hiatus_threshold`.
    """
    summary = narrow(origin.summary, need="backtest")
    total, bought = (numbers(summary, name, need="backtest") for name in ("total_value", "n_transactions"))
    hiatus, rate = origin.hiatus_and_rate(origin.start)
    threshold = hiatus_threshold(origin)
    purchases = np.where(hiatus <= threshold, rate, 0.0) * origin.length
    sales = purchases * total / bought
    note = f"{NO_MODEL}; active: silent for at most {threshold} days"
    return _at_constant_rate(origin, "hiatus heuristic", purchases, sales, note)


def hiatus_threshold(origin: ForecastOrigin) -> int:
    """Hiatus threshold: the longest time since the last purchase, in days, at which a customer counts as active.

    At a trial date (one horizon before the origin, or half the history where that is shorter) the threshold classifies
    as many of the customers known then as active as bought up to the origin; 0 days where none did. The thresholds
    with the fewest misclassifications and with the smallest squared error were tried on CDNOW and came out at a few
    days: where most customers never buy again, classifying hardly anyone as active is hardly ever wrong.
    """
    begin = int(origin.begin.astype(np.int64))
    trial = max(origin.start - origin.length, begin + (origin.start - begin) // 2)
    hiatus, _ = origin.hiatus_and_rate(trial)
    bought_before = hiatus >= 0
    n_active = int(np.count_nonzero(origin.window(trial, origin.start)[0][bought_before]))
    return int(np.sort(hiatus[bought_before])[n_active - 1]) if n_active else 0


def mean_of_all(origin: ForecastOrigin) -> Forecast:
    """Every customer buys the mean of all customers in the last span: no differences between customers."""
    last = last_span_again(origin)
    purchases, sales = (np.full(len(origin), values.mean()) for values in (last.purchases, last.sales))
    return _at_constant_rate(origin, "mean of all", purchases, sales)


def _at_constant_rate(
    origin: ForecastOrigin, rule: str, purchases: Array, sales: Array, note: str = NO_MODEL
) -> Forecast:
    """The forecast of a rule by which customers buy at a constant rate over the horizon."""
    elapsed = (np.array(origin.steps()) - origin.start) / origin.length
    cumulative = elapsed * purchases.sum(), elapsed * sales.sum()
    return Forecast(rule=rule, purchases=purchases, sales=sales, cumulative=cumulative, note=note)
