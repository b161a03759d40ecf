"""Coverage of the 90 % intervals of the values of rungs, and of a transition probability, where steps are few.

    python benchmarks/rung_values.py [bases]

By default 300 bases of each kind: customers who follow known chains over three rungs. The highest is seldom left, so
that no step out of it may be seen at all. Printed are, for each kind, the steps from the highest rung, the share of
bases in which nobody left it, and the share of intervals that hold the truth: of the value of each rung, and of the
probability of leaving the highest. These shares should lie between 85 and 95 %.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import kundkarriar as kk

BASES, MONTHS, SEED = 300, 8, 20261129
RUNGS = np.array(["low", "middle", "high"])
MONEY = {"low": 0.0, "middle": 10.0, "high": 50.0}
RATE = 0.10
SELDOM = np.array([[0.85, 0.15, 0.00], [0.05, 0.85, 0.10], [0.00, 0.02, 0.98]])
TWO_WAYS = np.array([[0.85, 0.15, 0.00], [0.05, 0.85, 0.10], [0.02, 0.08, 0.90]])
OFTEN = np.array([[0.50, 0.40, 0.10], [0.30, 0.40, 0.30], [0.10, 0.30, 0.60]])
KINDS = {
    "seldom left, 40 customers": ([SELDOM], [1.0], 40),
    "seldom left, 100 customers": ([SELDOM], [1.0], 100),
    "seldom left, 1,000 customers": ([SELDOM], [1.0], 1000),
    "two ways out, 60 customers": ([TWO_WAYS], [1.0], 60),
    "often left, 30 customers": ([OFTEN], [1.0], 30),
    "two chains, 300 customers": ([SELDOM, OFTEN], [0.5, 0.5], 300),
}
"""Chains, the share of customers who follow each, and how many customers there are."""


def careers(
    chains: list[np.ndarray], shares: list[float], customers: int, generator: np.random.Generator
) -> pd.DataFrame:
    """A base of customers who begin on the two lower rungs, all months."""
    own = np.stack(chains)[generator.choice(len(chains), customers, p=shares)]
    path = [generator.integers(0, 2, customers)]
    for _ in range(MONTHS - 1):
        cumulated = np.cumsum(own[np.arange(customers), path[-1]], axis=1)
        path.append((generator.random((customers, 1)) > cumulated).sum(axis=1).clip(max=len(RUNGS) - 1))
    codes = np.stack(path, axis=1).ravel()
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(customers), MONTHS),
            "period_start": np.tile(pd.date_range("2025-01-01", periods=MONTHS, freq="MS"), customers),
            "rung": RUNGS[codes],
            "rung_number": codes + 1,
        }
    )


def truth(chains: list[np.ndarray], visits: np.ndarray) -> np.ndarray:
    """Values of the chains, averaged over the customers on each rung, (S,)."""
    beta = (1 + RATE) ** (-1 / 12)
    R = np.array(list(MONEY.values()))
    values = np.stack([np.linalg.solve(np.eye(len(R)) - beta * P, R) for P in chains])
    return np.asarray(np.einsum("sk,ks->s", visits, values))


def main(bases: int) -> None:
    """Print a line for each kind of base."""
    print(f"{bases} bases of each kind, {MONTHS} months; share of 90 % intervals that hold the truth")
    print(f"{'':30} {'steps':>6} {'unseen':>6}   {'low':>6} {'middle':>6} {'high':>6}   {'leaving':>7}")
    for name, (chains, shares, customers) in KINDS.items():
        told = np.array([one_base(chains, shares, customers, seed) for seed in range(bases)])
        steps, unseen, low, middle, high, leaving = told.mean(axis=0)
        values = f"{low:6.3f} {middle:6.3f} {high:6.3f}"
        print(f"{name:30} {steps:6.0f} {unseen:6.2f}   {values}   {leaving:7.3f}", flush=True)


def one_base(chains: list[np.ndarray], shares: list[float], customers: int, seed: int) -> list[float]:
    """Steps from the highest rung, whether nobody left it, and which intervals hold the truth."""
    frame = careers(chains, shares, customers, np.random.default_rng([SEED, seed]))
    movement = kk.ChainMixture(chains=len(chains), mass=3, starts=1, seed=seed, rungs=tuple(RUNGS)).fit(frame)
    table = movement.value(contribution=MONEY, discount_rate=RATE, lost="low", seed=seed)
    steps = movement.steps[-1]
    visits = class_shares(frame, chains, shares)
    right = truth(chains, visits)
    held = ((table["low"] <= right) & (right <= table["high"])).to_numpy()
    P = movement.transitions()
    staying = P[(P["from"] == "high") & (P["to"] == "high")].iloc[0]
    real = float(visits[-1] @ np.stack(chains)[:, -1, -1])
    return [steps.sum(), steps[:-1].sum() == 0, *held, staying["low"] <= real <= staying["high"]]


def class_shares(frame: pd.DataFrame, chains: list[np.ndarray], shares: list[float]) -> np.ndarray:
    """Share of the months on each rung that were spent by followers of each chain, expected, (S, K)."""
    state = np.outer(shares, [0.5, 0.5, 0.0])
    total = np.zeros_like(state)
    for _ in range(frame["period_start"].nunique() - 1):
        total += state
        state = np.einsum("ks,kst->kt", state, np.stack(chains))
    return np.asarray((total / total.sum(axis=0)).T)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else BASES)
