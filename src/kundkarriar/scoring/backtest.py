"""Would it have been right? Forecasts made at past dates, held against what then happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame, numbers, require
from kundkarriar.history.holdout_table import holdout_table
from kundkarriar.history.newcomers import newcomers
from kundkarriar.history.period import Period, as_day
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.history.split import split
from kundkarriar.history.summary import summarize
from kundkarriar.models.fitted_model import FittedModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.frames import FrameT
    from kundkarriar.scoring.value_scorer import ValueScorer

NEED = "backtest"
COLUMNS = (
    "origin",
    "until",
    "rule",
    "customers",
    "purchases_predicted",
    "purchases_actual",
    "sales_predicted",
    "sales_low",
    "sales_high",
    "sales_actual",
    "bias",
    "mae",
    "rmse",
    "newcomers",
    "newcomer_sales",
    "note",
)


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
) -> FrameT:
    """Forecast from past dates and compare with what the same customers then bought.

    The last origin lies one horizon before `until`, earlier ones half a horizon (in whole days) apart. At an origin
    only purchases up to it are read; both models are fitted anew (given parameters stay as they are). Sales are net
    of returns and not discounted.

    Args:
        scorer: what is tested; its models, not its margin or costs.
        transactions: the standard frame.
        origins: how many dates to forecast from, >= 1.
        horizon: how far ahead, text with a unit ("6M").
        until: the last day that counts as known; by default the last date in the data.
        period: unit of recency and T.
        draws: futures drawn for the interval of the total, >= 2. Models that cannot draw have no interval.
        seed: of the draws.

    Returns:
        A row for each origin and rule ("model"; "last span again": each customer buys in the horizon what they
        bought in a span of that length before the origin): origin, until, rule, customers,
        purchases_predicted, purchases_actual, sales_predicted, sales_low, sales_high (90 % of realised totals,
        parameters drawn too), sales_actual, bias (predicted / actual - 1), mae and rmse (purchases per
        customer), newcomers and newcomer_sales (first seen after the origin; in no forecast), note.

    Raises:
        DataError: a model is fitted already; an origin would lie before the data begin, or `until` after they end.

    >>> import kundkarriar as kk
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.1, horizon="12M")
    >>> result = kk.backtest(scorer, kk.datasets.load_cdnow(sample=True), horizon="39W", draws=20)
    >>> result[["rule", "purchases_predicted", "purchases_actual"]].round(1)
                  rule  purchases_predicted  purchases_actual
    0            model               1576.7            1882.0
    1  last span again               4814.0            1882.0
    """
    if not isinstance(origins, int) or origins < 1:
        raise DataError.because(f"`origins` must be a whole number >= 1, got {origins!r}.", hint="write origins=3.")
    for model in (scorer.purchases, scorer.spend):
        if isinstance(model, FittedModel) and model.report.fitted:
            name = type(model).__name__
            raise DataError.because(
                f"a backtest fits anew at each origin, and {name} is fitted already, perhaps to what came after.",
                hint=f"give the scorer the spec: kk.{name.removeprefix('Fitted')}().",
            )
    first, last, end = _known(transactions, until)
    if end > last:
        raise DataError.because(
            f"`until` {end} lies after the last purchase, {last}: what happened then is not in the data.",
            hint=f'until="{last}", or leave it out.',
        )
    span = Period.of(horizon)
    latest = span.before(end)
    apart = np.timedelta64(max(round(span.days / 2), 1), "D")
    rows: list[dict[str, Any]] = []
    for origin in (latest - back * apart for back in range(origins)):
        if origin <= first:
            raise DataError.because(
                f"an origin at {origin} lies before the data, which begin on {first}.",
                hint=f"fewer origins (now {origins}) or a shorter horizon (now {horizon!r}).",
            )
        rows += _at_origin(
            scorer, transactions, origin=origin, until=span.after(origin), period=period, draws=draws, seed=seed
        )
    return new_frame({name: [row[name] for row in rows] for name in COLUMNS}, like=transactions)


def _known(transactions: Any, until: Any) -> tuple[np.datetime64, np.datetime64, np.datetime64]:
    """The first and last day of the data, and the last day that counts."""
    frame = narrow(transactions, need=NEED)
    require(frame, ["customer_id", "date", "amount"], need=NEED)
    if len(frame) == 0:
        raise DataError.because(f"{NEED} needs transactions: the frame is empty.", hint="pass what was bought.")
    days = frame["date"]
    first, last = (as_day(day, name="date") for day in (days.min(), days.max()))
    return first, last, last if until is None else as_day(until, name="until")


def _at_origin(
    scorer: ValueScorer,
    transactions: Any,
    *,
    origin: np.datetime64,
    until: np.datetime64,
    period: str,
    draws: int,
    seed: int,
) -> list[dict[str, Any]]:
    known, later = split(transactions, at=str(origin))
    summary = summarize(known, as_of=str(origin), period=period)
    happened = narrow(holdout_table(summary, later, until=str(until)), need=NEED)
    actual, sales = (numbers(happened, name, need=NEED) for name in ("purchases", "value"))
    new = narrow(newcomers(summary, later, until=str(until)), need=NEED)
    about = {
        "origin": str(origin),
        "until": str(until),
        "customers": len(actual),
        "purchases_actual": float(actual.sum()),
        "sales_actual": float(sales.sum()),
        "newcomers": len(new),
        "newcomer_sales": float(numbers(new, "value", need=NEED).sum()) if len(new) else 0.0,
    }
    days = int((until - origin).astype(np.int64))
    return [
        about | _model(scorer, summary, actual, horizon=f"{days}D", draws=draws, seed=seed),
        about | _again(known, summary, actual, origin=origin, days=days),
    ]


def _model(
    scorer: ValueScorer, summary: Any, actual: NDArray[np.float64], *, horizon: str, draws: int, seed: int
) -> dict[str, Any]:
    fitted = evolve(scorer, margin=1.0, costs=None, horizon=horizon).fit(summary)
    scores = narrow(fitted.score(summary), need=NEED)
    low, high, note = np.nan, np.nan, "no interval: the models cannot draw futures"
    if (drawn := fitted.draw_if_able(summary, draws=draws, seed=seed)) is not None:
        low, high = np.quantile(drawn.measuring("sales").totals(), [0.05, 0.95])
        note = "interval: model error not included"
    return {
        "rule": "model",
        **_errors(numbers(scores, "expected_purchases", need=NEED), actual),
        "sales_predicted": float(numbers(scores, "expected_sales", need=NEED).sum()),
        "sales_low": float(low),
        "sales_high": float(high),
        "note": note,
    }


def _again(
    known: Any, summary: Any, actual: NDArray[np.float64], *, origin: np.datetime64, days: int
) -> dict[str, Any]:
    table = purchase_days(known, as_of=str(origin), customers=summary)
    first = int(origin.astype("datetime64[D]").astype(np.int64)) - days
    purchases = np.bincount(table.code[table.day > first], minlength=len(actual)).astype(np.float64)
    return {
        "rule": "last span again",
        **_errors(purchases, actual),
        "sales_predicted": float(table.ledger_amount[table.ledger_day > first].sum()),
        "sales_low": np.nan,
        "sales_high": np.nan,
        "note": "a rule of thumb, no model",
    }


def _errors(predicted: NDArray[np.float64], actual: NDArray[np.float64]) -> dict[str, float]:
    miss = predicted - actual
    return {
        "purchases_predicted": float(predicted.sum()),
        "bias": float(predicted.sum() / actual.sum() - 1) if actual.sum() else np.nan,
        "mae": float(np.abs(miss).mean()),
        "rmse": float(np.sqrt(np.mean(miss**2))),
    }
