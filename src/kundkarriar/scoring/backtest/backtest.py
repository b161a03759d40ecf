"""Backtest of a scorer: forecasts made at past dates, compared with the outcomes."""

import re
from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import WholeNumber, read_seed
from kundkarriar.dates.dates_as_integers import date_ticks
from kundkarriar.dates.origin_dates import origin_dates
from kundkarriar.dates.period import UNIT, Period, as_day, as_period
from kundkarriar.errors import DataError, collected, warn
from kundkarriar.frames import FrameT, narrow
from kundkarriar.history.ledger.transaction_rows import AMOUNTS, checked_transactions, lacks_amounts
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import members_of, needs_gaps
from kundkarriar.scoring.backtest.backtest_result import BacktestResult
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin
from kundkarriar.scoring.backtest.model_forecast import model_forecast
from kundkarriar.scoring.backtest.naive_rules import naive_forecasts
from kundkarriar.scoring.backtest.origin_report import OriginReport
from kundkarriar.scoring.draws.scorer_draws import DRAWS
from kundkarriar.scoring.value_scorer import ValueScorer
from kundkarriar.scoring.without_spend import without_spend
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import TEXT, or_null, written

NEED = "backtest"
NUMBER = re.compile(r"\d[\d.,]*")
"""Sentences of two origins that differ in numbers alone are said once, of the latest."""
PURCHASES_ALONE = (
    "kk.compare_models(models, summary, holdout=kk.holdout_table(...)) holds forecasts of purchases against them"
)
ORIGINS = WholeNumber(least=1, most=1000, example=3)


def _unfitted_scorer(_: object, __: Any, scorer: Any) -> None:
    if not isinstance(scorer, ValueScorer):
        raise DataError.because(
            f"`scorer` of a backtest must be a kk.ValueScorer, got {type(scorer).__name__}.",
            hint="scorer=kk.ValueScorer(margin=..., discount_rate=..., horizon=...); of a fitted one: fitted.scorer.",
        )
    for model in (*members_of(scorer.purchases), scorer.spend):
        if isinstance(model, FittedModel) and model.report.fitted:
            name = type(model).__name__
            raise DataError.because(
                f"a backtest fits anew at each origin, and {name} is fitted already, perhaps to what came after.",
                hint=f"give the scorer the spec: kk.{name.removeprefix('Fitted')}().",
            )


def _horizon(value: Any) -> str:
    return _span(value, name="horizon")


def _burn_in(value: Any) -> str | None:
    return None if value is None else _span(value, name="burn_in")


def _every(value: Any) -> str | None:
    return None if value is None else _span(value, name="every")


def _span(value: Any, *, name: str) -> str:
    span = as_period(value, name=name)
    span.after(np.datetime64("2000-01-01"))  # raises where the calendar ends
    return f"{span.count:.15g}{span.unit}"


def _until(value: Any) -> str | None:
    return None if value is None else str(as_day(value, name="until"))


@frozen(kw_only=True)
class Backtest(Stored):
    """Specification of a backtest with rolling forecast origins. Holds no data.

    The last origin is one horizon before `until`; earlier origins are `every` span apart. At each origin both models
    are refitted to the purchases up to it. Given parameters and a given season are kept; a season estimated from all
    the data has used the outcomes.

    Attributes:
        scorer: the scorer to test: its models, not its margin or costs. Its models must not be fitted.
        origins: number of forecast origins, >= 1. One origin gives no spread between origins, two a poor estimate:
            write 3 or more for calibrated totals with an interval.
        horizon: forecast horizon, text with a unit ("6M"). Required.
        until: last day of the last outcome; by default the last date in the data.
        period: unit of recency and T.
        burn_in: customers first seen within this span after the start of the data ("3M") may be older than the data, as
            in a career with the same burn-in: fits give them a law of their own where the data tell it apart.
        draws: number of drawn futures for intervals, >= 2 (at least 39 for a 95 % interval). Models that cannot draw
            futures have no intervals.
        seed: seed of the draws, a whole number or a numpy Generator.
        every: the span between origins, text with a unit; by default half a horizon, in whole days. "1M" and a month's
            end as `until` give month ends.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> result = Backtest(scorer=scorer, origins=1, horizon="39W", draws=20).run(kk.datasets.load_cdnow(sample=True))
    >>> result.summary()[["rule", "purchases_predicted", "purchases_actual"]].round(1)
                   rule  purchases_predicted  purchases_actual
    0             model               1767.4            1882.0
    1   last span again               4814.0            1882.0
    2  hiatus heuristic               1445.1            1882.0
    3       mean of all               4814.0            1882.0
    """

    stored_as = "backtest"
    scorer: ValueScorer = field(validator=_unfitted_scorer)
    origins: int = field(default=1, validator=ORIGINS)
    horizon: str = field(converter=_horizon)
    until: str | None = field(default=None, converter=_until)
    period: str = field(default="W", validator=UNIT)
    draws: int = field(default=100, validator=DRAWS)
    seed: int = field(default=1, converter=read_seed)
    burn_in: str | None = field(default=None, converter=_burn_in, metadata=written(or_null(TEXT), later=True))
    every: str | None = field(default=None, converter=_every, metadata=written(or_null(TEXT), later=True))

    def run(self, transactions: Any, *, customers: Any = None) -> BacktestResult:
        """Forecast from each origin and compare with the outcomes.

        Args:
            transactions: the standard frame.
            customers: covariates of the purchase model, by customer_id; their values must have been known at every
                origin. With a burn-in also first_contact: whose first contact lies within the data is not older.

        Raises:
            DataError: an origin before the first date of the data, or `until` after the last; errors of the models, for
                example for too few customers at an origin.
            CapabilityError: the purchases have no amounts, or the scorer no spend model.

        Warns:
            DataWarning: what the fits warn of, each with the number of origins; how many customers the burn-in marks as
                of the latest origin.
        """
        rows, _ = checked_transactions(transactions, need=NEED)
        day = date_ticks(rows, "date", need=NEED)
        begin, last = (np.datetime64(int(end), "D") for end in (day.min(), day.max()))
        if not (days := purchase_days(transactions, as_of=last, need=NEED)).ledger.priced:
            raise lacks_amounts(NEED, hint=f"{PURCHASES_ALONE}; or {AMOUNTS}")
        if self.scorer.spend is None:
            raise without_spend(NEED, spend=None)
        reports: list[OriginReport] = []
        models = ("", "")
        dates = origin_dates(begin, self._end(last), horizon=self.horizon, count=self.origins, every=self.every)
        said: dict[str, list[tuple[np.datetime64, str]]] = {}
        for date in dates:
            with collected() as marked:
                origin = ForecastOrigin.of(
                    transactions,
                    days,
                    begin=begin,
                    date=date,
                    until=Period.of(self.horizon).after(date),
                    period=self.period,
                    gaps=needs_gaps(self.scorer.purchases),
                    burn_in=self.burn_in,
                    season=self.scorer.season,
                    customers=customers,
                )
            for message in marked if date == dates[0] else ():  # earlier origins say the same of fewer customers
                warn(f"backtest, as of {date}: {message}")
            with collected() as told:
                forecast, fitted = model_forecast(self.scorer, origin, draws=self.draws, seed=self.seed)
            for message in told:
                said.setdefault(NUMBER.sub("", message), []).append((date, message))
            reports.append(OriginReport.of(origin, (forecast, *naive_forecasts(origin))))
            models = type(fitted.purchases).__name__, type(fitted.spend).__name__
        for (date, message), *earlier in said.values():
            differ = any(other != message for _, other in earlier)
            at = f"{1 + len(earlier)} of {len(dates)} origins{f', in numbers of {date}' if differ else ''}"
            warn(f"backtest, at {at}: {message}")
        like = narrow(transactions, need=NEED).head(0).to_native()
        return BacktestResult(backtest=self, reports=tuple(reports), models=models, like=like)

    def _end(self, last: np.datetime64) -> np.datetime64:
        """The last day of the last outcome; `last` is that of the data."""
        end = last if self.until is None else np.datetime64(self.until, "D")
        if end > last:
            raise DataError.because(
                f"`until` {end} lies after the last purchase, {last}: what happened then is not in the data.",
                hint=f'until="{last}", or leave it out.',
            )
        return end


def backtest(
    scorer: ValueScorer,
    transactions: FrameT,
    *,
    origins: int = 1,
    horizon: str,
    until: Any = None,
    period: str = "W",
    burn_in: str | None = None,
    every: str | None = None,
    draws: int = 100,
    seed: int = 1,
    customers: Any = None,
) -> FrameT:
    """Forecast from past dates and compare with the outcomes of the same customers: the summary of a `Backtest`.

    `kk.Backtest(...).run(transactions)` also gives calibration by decile, tracking by month, coverage, calibrated
    totals and drift. `kk.Backtest` and its `run` say what the arguments mean.

    Returns:
        One row per origin and rule, as `BacktestResult.summary`. The rules beside "model":
        "last span again": each customer repeats the purchases of the span of that length before the origin.
        "last year again": each customer repeats the purchases on the same dates a year before (where the data reach
        back a year).
        "hiatus heuristic": customers with a purchase within a threshold, estimated from the data before the origin,
        continue at their own past rate; the others buy nothing.
        "mean of all": every customer buys the mean of the last span.

    Raises:
        DataError: a model is fitted already; an origin before the first date of the data, or `until` after the last.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> result = kk.backtest(scorer, kk.datasets.load_cdnow(sample=True), horizon="39W", draws=20)
    >>> result[["rule", "bias", "mae", "rmse"]].round(2)
                   rule  bias   mae  rmse
    0             model -0.06  0.80  1.61
    1   last span again  1.56  1.60  2.32
    2  hiatus heuristic -0.23  0.77  1.95
    3       mean of all  1.56  1.93  2.40
    """
    spec = Backtest(
        scorer=scorer,
        origins=origins,
        horizon=horizon,
        until=until,
        period=period,
        burn_in=burn_in,
        every=every,
        draws=draws,
        seed=seed,
    )
    summary: FrameT = spec.run(transactions, customers=customers).summary()
    return summary
