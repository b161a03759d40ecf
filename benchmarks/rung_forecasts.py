"""Forecasts of rungs on CDNOW, from half a year before the end of the data: chains, the microsimulation, no change.

    python benchmarks/rung_forecasts.py [customers] [draws]

By default 4,000 customers and 1,000 drawn futures; 0 customers are all. The default ladder, without grace and with it,
as of 1998-06-30; forecast from 1997-12-31 for six months. Printed are the mean log loss of each customer's rung (.001
and less counting as .001), the Brier score, how far the shares that came true lay from the probabilities, at most, in
tenths that hold 200 or more forecasts, the share of rung sizes inside their 90 % intervals and the mean width of these;
then these tenths of the microsimulation.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

import kundkarriar as kk

CUSTOMERS, DRAWS, AS_OF, HORIZON, MANY = 4_000, 1_000, "1998-06-30", "6M", 200


def purchases(customers: int) -> pd.DataFrame:
    """The lines of so many customers, drawn at random; of all for 0."""
    lines: pd.DataFrame = kk.datasets.load_cdnow()
    ids = lines["customer_id"].astype(str)
    if customers:
        ids = ids[ids.isin(np.random.default_rng(1).choice(ids.unique(), customers, replace=False))]
    return lines.loc[ids.index].assign(customer_id=ids)


def tenths(result: kk.MovementBacktest) -> pd.DataFrame:
    """The tenths of probability that hold many forecasts."""
    table: pd.DataFrame = result.reliability()
    return table[table["customers"] >= MANY]


def report(result: kk.MovementBacktest) -> pd.DataFrame:
    """A row for each spec: log loss, Brier score, largest distance of a tenth, sizes inside, their mean width."""
    table, many, sizes = result.table(), tenths(result), result.sizes()
    off = (many["forecast"] - many["actual"]).abs().groupby(many["spec"], sort=False).max()
    sizes = sizes.assign(width=sizes["high"] - sizes["low"]).groupby("spec", sort=False)
    found = table.groupby("spec", sort=False)[["log_loss", "brier"]].mean()
    whole: pd.DataFrame = found.assign(off=off, inside=sizes["inside"].mean(), width=sizes["width"].mean())
    return whole


def main(customers: int, draws: int) -> None:
    """Print the reports."""
    lines = purchases(customers)
    specs: list[kk.Movement] = [
        kk.ChainMixture(chains=3, seed=1),
        kk.Microsimulation(process=kk.ModelAverage(), draws=draws, seed=1),
    ]
    print(f"{lines['customer_id'].nunique():,} customers of CDNOW, {HORIZON} from 1997-12-31, {draws} draws")
    for grace in (None, "3M"):
        history = kk.CustomerLadder.kundkarriar(grace=grace).history(lines, as_of=AS_OF)
        start = time.perf_counter()
        result = kk.backtest_movement(specs, history, origins=1, horizon=HORIZON)
        print(f"\ngrace {grace}, {time.perf_counter() - start:.0f} s\n{report(result).round(3).to_string()}")
        many = tenths(result)
        own = many[many["spec"] == "Microsimulation"].drop(columns="spec")
        print(own.round(3).to_string(index=False), flush=True)


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    main(*(given + [CUSTOMERS, DRAWS][len(given) :]))
