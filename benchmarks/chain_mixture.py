"""Mixtures of chains, fitted to the careers of a million customers over 24 months: time, memory and accuracy.

    python benchmarks/chain_mixture.py [customers]

First purchases of customers who differ in rate and lifetime, on the default ladder: three chains fitted to the history
and to its frame of careers, beside a plain count of purchases by customer and month. Then careers simulated from three
known chains over four rungs, and a mixture of five: times of reading, fitting and forecasting, and the probability that
a supporter is a supporter in 6 months, forecast and true. BLAS has the threads that it takes.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import pandas as pd

import kundkarriar as kk
from kundkarriar.ladder.career_panel import read_careers

MONTHS = 24
RUNGS = np.array(["lapsed", "repeat buyer", "client", "supporter"])
CHAINS = np.array(
    [
        [[0.85, 0.12, 0.03, 0.00], [0.40, 0.45, 0.13, 0.02], [0.15, 0.35, 0.40, 0.10], [0.05, 0.15, 0.35, 0.45]],
        [[0.40, 0.35, 0.20, 0.05], [0.15, 0.40, 0.35, 0.10], [0.05, 0.20, 0.45, 0.30], [0.02, 0.08, 0.30, 0.60]],
        [[0.30, 0.20, 0.20, 0.30], [0.05, 0.15, 0.30, 0.50], [0.02, 0.05, 0.23, 0.70], [0.01, 0.02, 0.07, 0.90]],
    ]
)
SHARES = np.array([0.5, 0.3, 0.2])


def careers(customers: int, *, seed: int) -> pd.DataFrame:
    """Every customer, every month."""
    generator = np.random.default_rng(seed)
    cumulated = np.cumsum(CHAINS, axis=2)
    chain = generator.choice(len(SHARES), customers, p=SHARES)
    path = np.empty((customers, MONTHS), dtype=np.int8)
    path[:, 0] = generator.integers(0, len(RUNGS), customers)
    for month in range(1, MONTHS):
        edges = cumulated[chain, path[:, month - 1], :-1]
        path[:, month] = (generator.random((customers, 1)) > edges).sum(axis=1)
    months = pd.date_range("2025-01-01", periods=MONTHS, freq="MS")
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(customers), MONTHS),
            "period_start": np.tile(months.to_numpy(), customers),
            "rung": pd.Categorical.from_codes(path.ravel(), categories=RUNGS.tolist()),
        }
    )


def purchases(customers: int, *, seed: int) -> pd.DataFrame:
    """Purchases of customers who come within four months, buy at gamma rates and leave after gamma-mixed lifetimes."""
    generator = np.random.default_rng(seed)
    days = 731
    came = generator.integers(0, 120, customers)
    lifetime = generator.exponential(1 / generator.gamma(0.6, 1 / 350, customers))
    seen = np.minimum(lifetime, days - came)
    again = generator.poisson(generator.gamma(0.8, 1 / 28, customers) * seen)
    who = np.repeat(np.arange(customers), again)
    day = came[who] + np.ceil(generator.random(len(who)) * seen[who]).astype(np.int64)
    who, day = np.concatenate([np.arange(customers), who]), np.concatenate([came, day])
    who, day = who[day < days], day[day < days]
    date = np.datetime64("2024-01-01", "us") + day.astype("timedelta64[D]")
    return pd.DataFrame({"customer_id": who, "date": date, "amount": generator.gamma(2.0, 20.0, len(who)).round(2)})


def on_the_default_ladder(customers: int) -> None:
    """Print the times of three chains learnt from purchases."""
    frame = purchases(customers, seed=1)
    print(f"{customers:,} customers, {len(frame):,} purchases, 24 months, default ladder, 3 chains, 8 starts")
    start = time.perf_counter()
    frame.groupby(["customer_id", frame["date"].dt.to_period("M")]).size()
    print(f"plain count by customer and month {time.perf_counter() - start:.1f} s")
    spec = kk.ChainMixture(chains=3, mass=10, seed=1)
    history = kk.CustomerLadder.kundkarriar(proxy=True).history(frame, as_of="2025-12-31")
    start = time.perf_counter()
    panel = history.panel()
    read = time.perf_counter()
    movement = spec.fit_panel(panel)
    learnt = time.perf_counter()
    movement.sizes(history, horizon="6M")
    sizes = time.perf_counter()
    print(f"history: read {read - start:.1f} s, learnt {learnt - read:.1f} s, sizes of 6 months {sizes - learnt:.1f} s")
    print(f"peak memory {_peak():,.0f} MB")
    careers = history.careers()
    start = time.perf_counter()
    spec.fit(careers)
    print(f"frame of {len(careers):,} careers: read and learnt {time.perf_counter() - start:.1f} s")
    print(f"peak memory {_peak():,.0f} MB")


def _peak() -> float:
    """Peak memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(customers: int) -> None:
    """Print the times."""
    on_the_default_ladder(customers)
    frame = careers(customers, seed=1)
    print(f"{customers:,} customers, {len(frame):,} months, 5 chains")
    start = time.perf_counter()
    panel = read_careers(frame, rungs=tuple(RUNGS))
    read = time.perf_counter()
    movement = kk.ChainMixture(chains=5, mass=10, starts=1, rungs=tuple(RUNGS), seed=1).fit_panel(panel)
    learnt = time.perf_counter()
    ahead = movement.ahead(panel, months=6)
    forecast = time.perf_counter()
    print(f"read {read - start:.1f} s, learnt {learnt - read:.1f} s, forecast of 6 months {forecast - learnt:.1f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    far = np.linalg.matrix_power(CHAINS, 6)
    rest = np.einsum("k,krs->rs", SHARES, far)
    now = panel.state_at(panel.last)
    print("from a supporter to a supporter in 6 months:", f"{ahead[now == len(RUNGS) - 1, 5, -1].mean():.4f}", end="")
    print(f" (one chain for all would say {_one_chain(panel.counts()[0].pooled())[-1, -1]:.4f})", f"{rest[-1, -1]:.4f}")


def _one_chain(steps: np.ndarray) -> np.ndarray:
    """Six steps of the pooled chain."""
    pooled: np.ndarray = np.linalg.matrix_power(steps / steps.sum(axis=1, keepdims=True), 6)
    return pooled


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
