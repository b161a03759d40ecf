"""BG/NBD fitted to a million simulated customers, from the summary frame: kundkarriar and lifetimes in one run.

    python benchmarks/fit_bgnbd.py [customers]

The customers are simulated with the parameters of Fader, Hardie & Lee (2005), at whole-day ages of 1 to 365 days, in
weeks. Both start from the same pandas frame. Ours is the median of nine fits; lifetimes is timed once, between them.
The peak is that of one more fit of ours: what numpy and Python hold beyond the frame.

Purchases on one day merge into one, which no model takes into account: both packages find r and alpha a little too
large.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

import kundkarriar as kk
from kundkarriar.summaries.checked_summary import read_purchase_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRUTH = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}

Answer = TypeVar("Answer")


def simulated(customers: int, *, seed: int, truth: Mapping[str, float] = TRUTH, at_first: bool = False) -> pd.DataFrame:
    """A summary frame of simulated customers, purchases of one day merged.

    Args:
        customers: how many.
        seed: of the simulation.
        truth: r, alpha, a, b, in weeks.
        at_first: whether they may drop out after the first purchase already, as under MBG/NBD.
    """
    generator = np.random.default_rng(seed)
    age = generator.integers(1, 366, customers)
    rate = generator.gamma(truth["r"], 1 / truth["alpha"], customers) / 7
    drops_out_after = generator.geometric(generator.beta(truth["a"], truth["b"], customers).clip(1e-12))
    arrivals = generator.poisson(rate * age)
    purchases = np.minimum(arrivals, drops_out_after - at_first)
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


def peak(run: Callable[[], object]) -> float:
    """The most that `run` held at once beyond what was there, in megabytes."""
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 2**20


def beside_lifetimes(summary: pd.DataFrame, *, spec: Any, fitter: str) -> None:
    """Print the times of both, their ratio, and that both found the same optimum."""
    distinct = len(read_purchase_rows(summary, need="benchmark").rows.merged(period="W"))
    print(f"{len(summary):,} customers, {distinct:,} distinct rows, {summary['frequency'].sum():,} repeat purchases")
    times = [seconds(lambda: spec.fit(summary))[0] for _ in range(5)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes  # noqa: PLC0415 - slow to import, and it silences warnings

        columns = [summary[name] for name in ("frequency", "recency", "T")]
        theirs, found = seconds(lambda: getattr(lifetimes, fitter)().fit(*columns))
        read = kk.from_lifetimes(found, period="W")
    times += [seconds(lambda: spec.fit(summary))[0] for _ in range(4)]
    ours, fitted = statistics.median(times), spec.fit(summary)
    log_likelihood = read.log_likelihood_of(summary)
    print(f"kundkarriar  {ours:8.3f} s   {fitted.params}  {fitted.log_likelihood:.3f}")
    print(f"lifetimes    {theirs:8.3f} s   {read.params}  {log_likelihood:.3f}")
    higher = fitted.log_likelihood - log_likelihood
    print(f"{theirs / ours:.0f} times faster; our log-likelihood is {higher:+.4f} above theirs")
    print(f"peak of a fit {peak(lambda: spec.fit(summary)):.0f} MB, beyond the frame of {_size(summary):.0f} MB")


def _size(summary: pd.DataFrame) -> float:
    return float(summary.memory_usage().sum()) / 2**20


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    beside_lifetimes(simulated(number, seed=1), spec=kk.BGNBD(), fitter="BetaGeoFitter")
