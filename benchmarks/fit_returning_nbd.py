"""ReturningNBD beside Pareto/NBD: fit and forecast of all of CDNOW, then of a million customers.

    python benchmarks/fit_returning_nbd.py [customers]

CDNOW has 23,570 customers, who joined from January to March 1997. Both models are fitted as of two days and forecast 39
weeks, one after the other in the same run; times are medians of `RUNS`.

The million are CDNOW's customers drawn with replacement, each purchase date moved by -3 to 3 days, so that few
histories are alike; as of 1997-09-30. They are summarised with gaps, fitted and forecast once, in a process of its own.
Its peak of memory is printed, and how much of it was reached before the summary was made.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
from fit_bgnbd import seconds

import kundkarriar as kk

MODELS = (kk.ParetoNBD(), kk.ReturningNBD())
AS_OF, LATER, WEEKS, RUNS, JITTER = "1997-09-30", "1998-06-30", 39, 5, 3


def jittered(customers: int, *, seed: int) -> pd.DataFrame:
    """Purchases up to `AS_OF` of customers drawn from CDNOW with replacement, each date moved by a few days."""
    generator = np.random.default_rng(seed)
    orders = kk.datasets.load_cdnow()
    orders = orders[orders["date"] <= AS_OF].sort_values("customer_id", kind="stable")
    _, start, count = np.unique(orders["customer_id"], return_index=True, return_counts=True)
    drawn = generator.integers(0, len(start), customers)
    first = np.cumsum(count[drawn]) - count[drawn]
    row = np.arange(count[drawn].sum()) + np.repeat(start[drawn] - first, count[drawn])
    moved = pd.to_timedelta(generator.integers(-JITTER, JITTER + 1, len(row)), unit="D")
    date = (orders["date"].to_numpy()[row] + moved).to_series().clip(upper=pd.Timestamp(AS_OF))
    who = np.repeat(np.arange(customers), count[drawn])
    return pd.DataFrame({"customer_id": who, "date": date.to_numpy(), "amount": orders["amount"].to_numpy()[row]})


def summarize(purchases: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """With gaps, in weeks."""
    summary: pd.DataFrame = kk.summarize(purchases, as_of=as_of, period="W", gaps=True)
    return summary


def fit_and_forecast(spec: Any, summary: pd.DataFrame) -> tuple[float, float, Any]:
    """Seconds of the fit and of its forecast, and the fitted model."""
    fit, fitted = seconds(lambda: spec.fit(summary))
    forecast, _ = seconds(lambda: fitted.predict(summary, horizon=WEEKS))
    return fit, forecast, fitted


def side_by_side(as_of: str) -> None:
    """Both models on CDNOW as of a day."""
    summary = summarize(kk.datasets.load_cdnow(), as_of)
    runs = [[fit_and_forecast(spec, summary) for spec in MODELS] for _ in range(RUNS)]
    medians = [[statistics.median(run[at][part] for run in runs) for part in (0, 1)] for at in range(len(MODELS))]
    for spec, (fit, forecast), (_, _, fitted) in zip(MODELS, medians, runs[0], strict=True):
        told = f"fit {fit:7.3f} s, forecast {forecast:7.3f} s, log-likelihood {fitted.log_likelihood:.3f}"
        print(f"CDNOW {as_of}, {len(summary):,} customers, {type(spec).__name__:12}  {told}")
    print(f"  fit {medians[1][0] / medians[0][0]:.1f} times as long as Pareto/NBD")


def megabytes() -> float:
    """The most this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def many(customers: int) -> None:
    """Summarise, fit and forecast `customers` once."""
    purchases = jittered(customers, seed=1)
    before = megabytes()
    made, summary = seconds(lambda: summarize(purchases, AS_OF))
    fit, forecast, fitted = fit_and_forecast(kk.ReturningNBD(), summary)
    print(f"{customers:,} customers, {len(purchases):,} orders, {fitted.params}")
    print(f"summary {made:.1f} s, fit {fit:.1f} s, forecast {forecast:.1f} s: fit and forecast {fit + forecast:.1f} s")
    print(f"peak of the process {megabytes():,.0f} MB, {before:,.0f} MB of them reached before the summary")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--many"]:
        many(int(sys.argv[2]))
    else:
        for day in (AS_OF, LATER):
            side_by_side(day)
        number = sys.argv[1] if len(sys.argv) > 1 else "1000000"
        subprocess.run([sys.executable, __file__, "--many", number], check=True)  # noqa: S603 - this file
