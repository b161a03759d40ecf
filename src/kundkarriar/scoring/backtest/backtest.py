"""Would it have been right? Forecasts made at past dates, held against what then happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import asdict, field, fields_dict, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow
from kundkarriar.history.ledger import checked_transactions, times
from kundkarriar.history.period import DAYS, Period, as_day
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.numerics.sampling.seed import as_seed
from kundkarriar.scoring.backtest.backtest_result import BacktestResult
from kundkarriar.scoring.backtest.forecast_origin import ForecastOrigin
from kundkarriar.scoring.backtest.model_forecast import model_forecast
from kundkarriar.scoring.backtest.naive_rules import naive_forecasts
from kundkarriar.scoring.backtest.origin_report import OriginReport
from kundkarriar.scoring.value_scorer import FEWEST_DRAWS, ValueScorer
from kundkarriar.stored import SCHEMA, fields_of, reading

if TYPE_CHECKING:
    from attrs import Attribute

    from kundkarriar.frames import FrameT

NEED = "backtest"


def _not_yet_fitted(_: object, __: Any, scorer: Any) -> None:
    if not isinstance(scorer, ValueScorer):
        raise DataError.because(
            f"a backtest needs a kk.ValueScorer, got {type(scorer).__name__}.",
            hint="scorer=kk.ValueScorer(margin=..., discount_rate=..., horizon=...); of a fitted one: fitted.scorer.",
        )
    for model in (scorer.purchases, scorer.spend):
        if isinstance(model, FittedModel) and model.report.fitted:
            name = type(model).__name__
            raise DataError.because(
                f"a backtest fits anew at each origin, and {name} is fitted already, perhaps to what came after.",
                hint=f"give the scorer the spec: kk.{name.removeprefix('Fitted')}().",
            )


def _some(_: object, __: Any, origins: Any) -> None:
    if not _whole(origins) or origins < 1:
        raise DataError.because(f"`origins` must be a whole number >= 1, got {origins!r}.", hint="write origins=3.")


def _enough(_: object, __: Any, draws: Any) -> None:
    if not _whole(draws) or draws < FEWEST_DRAWS:
        raise DataError.because(
            f"`draws` must be a whole number of at least {FEWEST_DRAWS}, got {draws!r}.",
            hint="draws=200 settles 90 percent intervals.",
        )


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _unit(_: object, attribute: Attribute[Any], value: Any) -> None:
    if value not in DAYS:
        raise DataError.because(
            f"`{attribute.name}` must be one of {list(DAYS)}, got {value!r}.",
            hint='period="W" counts in weeks; it is the unit of recency and T.',
        )


def _span(value: Any) -> str:
    span = Period.of(value)
    span.after(np.datetime64("2000-01-01"))  # refuses what has no place in the calendar
    return f"{span.count:g}{span.unit}"


def _day(value: Any) -> str | None:
    return None if value is None else str(as_day(value, name="until"))


@frozen(kw_only=True)
class Backtest:
    """How to test a scorer on the past. Holds no data.

    The last origin lies one horizon before `until`, earlier ones half a horizon (in whole days) apart. At an origin
    only purchases up to it are read; both models are fitted anew (given parameters, and a season, stay as they are:
    one estimated from all the data has seen what came after).

    Attributes:
        scorer: what is tested; its models, not its margin or costs. Nothing in it may be fitted already.
        origins: how many dates to forecast from, >= 1; one has no spread between origins, two know it badly: write 3
            or more where totals are to have a factor with an interval.
        horizon: how far ahead, text with a unit ("6M"). Required.
        until: the last day that counts as known; by default the last date in the data.
        period: unit of recency and T.
        draws: futures drawn for intervals, >= 2 (39 or more reach a 95 % interval). Models that cannot draw have none.
        seed: of the draws, a whole number or a numpy Generator.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> result = Backtest(scorer=scorer, origins=1, horizon="39W", draws=20).run(kk.datasets.load_cdnow(sample=True))
    >>> result.summary()[["rule", "purchases_predicted", "purchases_actual"]].round(1)
                   rule  purchases_predicted  purchases_actual
    0             model               1576.7            1882.0
    1   last span again               4814.0            1882.0
    2  hiatus heuristic               1445.1            1882.0
    3       mean of all               4814.0            1882.0
    """

    scorer: ValueScorer = field(validator=_not_yet_fitted)
    origins: int = field(default=1, validator=_some)
    horizon: str = field(converter=_span)
    until: str | None = field(default=None, converter=_day)
    period: str = field(default="W", validator=_unit)
    draws: int = field(default=100, validator=_enough)
    seed: int = field(default=1, converter=as_seed)

    def run(self, transactions: Any, *, customers: Any = None) -> BacktestResult:
        """Forecast from each origin, and set beside it what happened.

        Args:
            transactions: the standard frame.
            customers: the covariates of the purchase model, by customer_id, where it has any: what is in them must have
                been known at every origin.

        Raises:
            DataError: an origin would lie before the data begin, or `until` after they end; as the models, at an
                origin that leaves them too few customers.
        """
        rows, _ = checked_transactions(transactions, need=NEED)
        day = times(rows, "date", need=NEED)
        begin, last = (np.datetime64(int(end), "D") for end in (day.min(), day.max()))
        origins = self._dates(begin, last)
        days = purchase_days(transactions, as_of=last)
        reports: list[OriginReport] = []
        models = ("", "")
        for origin in origins:
            known = ForecastOrigin.of(
                transactions,
                days,
                begin=begin,
                origin=origin,
                until=Period.of(self.horizon).after(origin),
                period=self.period,
                season=self.scorer.season,
                customers=customers,
            )
            forecast, fitted = model_forecast(self.scorer, known, draws=self.draws, seed=self.seed)
            reports.append(OriginReport.of(known, (forecast, *naive_forecasts(known))))
            models = type(fitted.purchases).__name__, type(fitted.spend).__name__
        like = narrow(transactions, need=NEED).head(0).to_native()
        return BacktestResult(backtest=self, reports=tuple(reports), models=models, like=like)

    def _dates(self, begin: np.datetime64, last: np.datetime64) -> tuple[np.datetime64, ...]:
        """The origins, the latest first."""
        end = last if self.until is None else np.datetime64(self.until, "D")
        if end > last:
            raise DataError.because(
                f"`until` {end} lies after the last purchase, {last}: what happened then is not in the data.",
                hint=f'until="{last}", or leave it out.',
            )
        span = Period.of(self.horizon)
        latest = span.before(end)
        apart = np.timedelta64(max(round(span.days / 2), 1), "D")
        origins = tuple(latest - back * apart for back in range(self.origins))
        for origin in origins:
            if origin <= begin:
                raise DataError.because(
                    f"an origin at {origin} lies before the data, which begin on {begin}.",
                    hint=f"fewer origins (now {self.origins}) or a shorter horizon (now {self.horizon!r}).",
                )
        return origins

    def to_dict(self) -> dict[str, Any]:
        """A plain dict of JSON types."""
        return {"schema": SCHEMA, **asdict(self, recurse=False), "scorer": self.scorer.to_dict()}

    @classmethod
    @reading("backtest")
    def from_dict(cls, stored: dict[str, Any]) -> Backtest:
        """The backtest that `to_dict` wrote down.

        >>> scorer = ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
        >>> Backtest.from_dict(Backtest(scorer=scorer, horizon="6M").to_dict()) == Backtest(scorer=scorer, horizon="6M")
        True
        """
        given = fields_of(stored, kind="backtest", names=fields_dict(cls))
        return cls(**{**given, "scorer": ValueScorer.from_dict(given["scorer"])})


def backtest(
    scorer: ValueScorer,
    transactions: FrameT,
    *,
    origins: int = 1,
    horizon: str,
    until: Any = None,
    period: str = "W",
    draws: int = 100,
    seed: int = 1,
    customers: Any = None,
) -> FrameT:
    """Forecast from past dates and compare with what the same customers then bought: the summary of a `Backtest`.

    `kk.Backtest(...).run(transactions)` has more to say: by decile, month by month, coverage, totals with
    a calibration factor, drift.

    Args:
        scorer: what is tested; its models, not its margin or costs.
        transactions: the standard frame.
        origins: how many dates to forecast from, >= 1; one has no spread between origins, write 3 or more to see it.
        horizon: how far ahead, text with a unit ("6M").
        until: the last day that counts as known; by default the last date in the data.
        period: unit of recency and T.
        draws: futures drawn for intervals, >= 2. Models that cannot draw have none.
        seed: of the draws.
        customers: the covariates of the purchase model, by customer_id, where it has any.

    Returns:
        A row for each origin and rule, as `BacktestResult.summary`. The rules beside "model":
        "last span again": each customer buys what they bought in a span of that length before the origin.
        "last year again": what they bought on the same dates a year before (where the data reach a year back).
        "hiatus heuristic": who was silent for no longer than a threshold, chosen on the data before the origin, goes
        on at their own past rate; the others buy nothing. "mean of all": everyone buys the mean of the last span.

    Raises:
        DataError: a model is fitted already; an origin would lie before the data begin, or `until` after they end.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> result = kk.backtest(scorer, kk.datasets.load_cdnow(sample=True), horizon="39W", draws=20)
    >>> result[["rule", "bias", "mae", "rmse"]].round(2)
                   rule  bias   mae  rmse
    0             model -0.16  0.76  1.61
    1   last span again  1.56  1.60  2.32
    2  hiatus heuristic -0.23  0.77  1.95
    3       mean of all  1.56  1.93  2.40
    """
    spec = Backtest(scorer=scorer, origins=origins, horizon=horizon, until=until, period=period, draws=draws, seed=seed)
    summary: FrameT = spec.run(transactions, customers=customers).summary()
    return summary
