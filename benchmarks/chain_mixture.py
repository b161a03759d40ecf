"""Mixture of five chains, fitted to the careers of a million customers over 24 months: time, memory and accuracy.

    python benchmarks/chain_mixture.py [customers]

The careers are simulated from three known chains over four rungs. Printed are the times of reading, fitting and
forecasting, the peak memory, and the probability that a supporter is a supporter in 6 months: forecast, and true.
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


def main(customers: int) -> None:
    """Print the times."""
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
