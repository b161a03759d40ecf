"""Coverage of the 90 % intervals of rung sizes.

    python benchmarks/rung_sizes.py [bases]

By default 400 bases of 500 customers, each of whom follows one of three known chains over three rungs. Movement is
fitted to eight months, and the number on each rung forecast for six more. Printed is, for each month ahead, the share
of numbers inside their interval, rungs pooled; it should lie between 85 and 95 %.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import kundkarriar as kk

BASES, CUSTOMERS, LEARNT, AHEAD, SEED = 400, 500, 8, 6, 20261122
CHAINS = np.array(
    [
        [[0.90, 0.10, 0.00], [0.05, 0.85, 0.10], [0.00, 0.10, 0.90]],
        [[0.50, 0.35, 0.15], [0.40, 0.35, 0.25], [0.35, 0.35, 0.30]],
        [[0.97, 0.03, 0.00], [0.60, 0.35, 0.05], [0.50, 0.40, 0.10]],
    ]
)
SHARES = np.array([0.4, 0.35, 0.25])
RUNGS = np.array(["low", "middle", "high"])


def careers(generator: np.random.Generator) -> pd.DataFrame:
    """A base of customers, all months."""
    chain = CHAINS[generator.choice(len(CHAINS), CUSTOMERS, p=SHARES)]
    path = [generator.integers(0, len(RUNGS), CUSTOMERS)]
    for _ in range(LEARNT + AHEAD - 1):
        cumulated = np.cumsum(chain[np.arange(CUSTOMERS), path[-1]], axis=1)
        path.append((generator.random((CUSTOMERS, 1)) > cumulated).sum(axis=1).clip(max=len(RUNGS) - 1))
    codes = np.stack(path, axis=1).ravel()
    months = pd.date_range("2025-01-01", periods=LEARNT + AHEAD, freq="MS")
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(CUSTOMERS), len(months)),
            "period_start": np.tile(months, CUSTOMERS),
            "rung": RUNGS[codes],
            "rung_number": codes + 1,
        }
    )


def main(bases: int) -> None:
    """Print the coverage of each month ahead, with one chain and with as many as there are."""
    print(f"{bases} bases of {CUSTOMERS} customers; share of rung sizes inside their 90 % interval")
    print("chains " + " ".join(f"{step:>6}" for step in range(1, AHEAD + 1)) + "   months ahead")
    for chains in (len(CHAINS), 1):
        inside = np.zeros(AHEAD)
        for base in range(bases):
            frame = careers(np.random.default_rng([SEED, base]))
            spec = kk.ChainMixture(chains=chains, mass=3, starts=2, seed=base)
            sizes = kk.backtest_movement([spec], frame, origins=1, horizon=f"{AHEAD}M").sizes()
            held = sizes.loc[sizes["spec"] == "ChainMixture", "inside"]
            inside += held.to_numpy().reshape(AHEAD, -1).mean(axis=1)
        print(f"{chains:6} " + " ".join(f"{share:6.3f}" for share in inside / bases), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else BASES)
