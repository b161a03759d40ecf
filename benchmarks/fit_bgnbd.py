"""BG/NBD fitted to a million simulated customers, from the summary frame: kundkarriar and lifetimes in one run.

    python benchmarks/fit_bgnbd.py [customers]

The customers are simulated with the parameters of Fader, Hardie & Lee (2005), at whole-day ages of 1 to 365 days, in
weeks. Ours is the median of five fits, lifetimes is timed once. Both start from the same pandas frame.

Purchases on one day merge into one, which no model knows of: both packages find r and alpha a little too large.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

import kundkarriar as kk
from kundkarriar.history.purchase_rows import read_purchase_rows

if TYPE_CHECKING:
    from collections.abc import Callable

TRUTH = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}

Answer = TypeVar("Answer")


def simulated(customers: int, *, seed: int) -> pd.DataFrame:
    """A summary frame of simulated BG/NBD customers, purchases of one day merged."""
    generator = np.random.default_rng(seed)
    age = generator.integers(1, 366, customers)
    rate = generator.gamma(TRUTH["r"], 1 / TRUTH["alpha"], customers) / 7
    leaves_after = generator.geometric(generator.beta(TRUTH["a"], TRUTH["b"], customers).clip(1e-12))
    arrivals = generator.poisson(rate * age)
    purchases = np.minimum(arrivals, leaves_after)
    frequency, recency = np.zeros(customers, dtype=np.int64), np.zeros(customers, dtype=np.int64)
    who = np.repeat(np.arange(customers), arrivals)
    when = generator.random(len(who)) * age[who]
    order = np.lexsort((when, who))
    who, day = who[order], np.ceil(when[order]).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(arrivals)[:-1]])
    happened = np.arange(len(who)) - start[who] < purchases[who]
    who, day = who[happened], day[happened]
    new_day = np.ones(len(who), dtype=bool)
    new_day[1:] = (who[1:] != who[:-1]) | (day[1:] != day[:-1])
    np.add.at(frequency, who[new_day], 1)
    np.maximum.at(recency, who, day)
    return pd.DataFrame(
        {
            "customer_id": np.arange(customers),
            "frequency": frequency,
            "recency": recency / 7,
            "T": age / 7,
            "period": "W",
        }
    )


def seconds(run: Callable[[], Answer]) -> tuple[float, Answer]:
    """How long `run` took, and what it gave."""
    start = time.perf_counter()
    answer = run()
    return time.perf_counter() - start, answer


def main(customers: int) -> None:
    """Print both times, their ratio, and that both found the same optimum."""
    summary = simulated(customers, seed=1)
    distinct = len(read_purchase_rows(summary, need="benchmark").rows.distinct(period="W").rows)
    print(f"{customers:,} customers, {distinct:,} distinct rows, {summary['frequency'].sum():,} repeat purchases")
    times = []
    for _ in range(5):
        took, fitted = seconds(lambda: kk.BGNBD().fit(summary))
        times.append(took)
    ours = statistics.median(times)
    print(f"kundkarriar  {ours:8.3f} s   {fitted.params}  {fitted.log_likelihood:.3f}")
    took, _ = seconds(lambda: kk.MBGNBD().fit(summary))
    print(f"  MBG/NBD    {took:8.3f} s")
    took, _ = seconds(lambda: fitted.predict(summary, horizon=52))
    print(f"  predict    {took:8.3f} s")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter  # noqa: PLC0415 - slow to import, and it silences warnings

        theirs, fitter = seconds(lambda: BetaGeoFitter().fit(summary["frequency"], summary["recency"], summary["T"]))
    found = dict(fitter.params_)
    height = fitted.log_likelihood_of(summary)
    typed = kk.FittedBGNBD(params=kk.BGNBDParams(**found), period="W")
    print(f"lifetimes    {theirs:8.3f} s   {found}  {typed.log_likelihood_of(summary):.3f}")
    above = height - typed.log_likelihood_of(summary)
    print(f"{theirs / ours:.0f} times faster; our log-likelihood is {above:+.4f} above theirs")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
