"""P(alive) and expected purchases of a million customers over a year: kundkarriar and lifetimes in one run.

    python benchmarks/predict.py [customers]

P(alive) and the expected purchases of 52 weeks, by BG/NBD and MBG/NBD with given parameters. Ours is one `predict`, the
median of nine; lifetimes' two calls are timed once, between them. Both start from the same pandas frame.
"""

from __future__ import annotations

import statistics
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from fit_bgnbd import seconds, simulated

import kundkarriar as kk

if TYPE_CHECKING:
    import pandas as pd

HORIZON = 52
MODELS = (
    kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W"),
    kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W"),
)


def beside_lifetimes(summary: pd.DataFrame, model: Any) -> None:
    """Print both times, their ratio, and how far the predictions are apart."""
    fitter = kk.to_lifetimes(model)
    columns = [summary[name] for name in ("frequency", "recency", "T")]

    def by_lifetimes() -> tuple[Any, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            alive = fitter.conditional_probability_alive(*columns)
            return alive, fitter.conditional_expected_number_of_purchases_up_to_time(HORIZON, *columns)

    times = [seconds(lambda: model.predict(summary, horizon=HORIZON))[0] for _ in range(5)]
    theirs, (alive, expected) = seconds(by_lifetimes)
    times += [seconds(lambda: model.predict(summary, horizon=HORIZON))[0] for _ in range(4)]
    ours, predicted = statistics.median(times), model.predict(summary, horizon=HORIZON)
    apart = max(
        float(np.abs(predicted["p_alive"] - alive).max()),
        float(np.abs(predicted["expected_purchases"] / expected - 1).max()),
    )
    print(f"{model.family.name}")
    print(f"kundkarriar  {ours:8.3f} s")
    print(f"lifetimes    {theirs:8.3f} s")
    print(f"{theirs / ours:.0f} times faster; at most {apart:.1e} apart")


def main(customers: int) -> None:
    """Both models."""
    summary = simulated(customers, seed=1)
    print(f"{customers:,} customers, P(alive) and expected purchases of {HORIZON} weeks")
    for model in MODELS:
        beside_lifetimes(summary, model)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
