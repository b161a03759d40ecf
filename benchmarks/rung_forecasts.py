"""Forecasts of rungs on CDNOW, from half a year before the end of the data: chains, the microsimulation, no change.

    python benchmarks/rung_forecasts.py [customers] [draws]

By default 4,000 customers and 1,000 drawn futures; 0 customers are all. The default ladder, without grace and with it,
as of 1998-06-30; forecast from 1997-12-31 for six months. Printed are the mean log loss of each customer's rung (.001
and less counting as .001), the Brier score, how far the shares that came true lay from the probabilities, at most, in
tenths that hold 200 or more forecasts, the share of rung sizes inside their 90 % intervals and the mean width of these.
Then the same of month-end origins from 1997-06-30 to 1997-12-31, without grace, beside the mean width that intervals
would have if customers were independent and their probabilities known (`alone`).
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import pandas as pd

import kundkarriar as kk

CUSTOMERS, DRAWS, AS_OF, HORIZON, MANY = 4_000, 1_000, "1998-06-30", "6M", 200
ORIGINS, NORMAL_90 = 7, 1.645


def purchases(customers: int) -> pd.DataFrame:
    """The lines of so many customers, drawn at random; of all for 0."""
    lines: pd.DataFrame = kk.datasets.load_cdnow()
    ids = lines["customer_id"].astype(str)
    if customers:
        ids = ids[ids.isin(np.random.default_rng(1).choice(ids.unique(), customers, replace=False))]
    return lines.loc[ids.index].assign(customer_id=ids)


def specs(draws: int) -> list[Any]:
    """The movements, the microsimulation where the library has it."""
    several: list[Any] = [kk.ChainMixture(chains=3, seed=1)]
    if hasattr(kk, "Microsimulation"):
        several.append(kk.Microsimulation(process=kk.ModelAverage(), draws=draws, seed=1))
    return several


def report(result: kk.MovementBacktest) -> pd.DataFrame:
    """A row for each spec: log loss, Brier score, largest distance of a tenth, sizes inside, their mean width."""
    table, tenths, sizes = result.table(), result.reliability(), result.sizes()
    tenths = tenths[tenths["customers"] >= MANY]
    off = (tenths["forecast"] - tenths["actual"]).abs().groupby(tenths["spec"], sort=False).max()
    sizes = sizes.assign(width=sizes["high"] - sizes["low"]).groupby("spec", sort=False)
    found = table.groupby("spec", sort=False)[["log_loss", "brier"]].mean()
    whole: pd.DataFrame = found.assign(off=off, inside=sizes["inside"].mean(), width=sizes["width"].mean())
    return whole


def alone(spec: Any, history: Any, origins: list[str]) -> float:
    """Mean width of 90 % intervals of sizes by the forecast probabilities of independent customers."""
    widths = []
    for origin in origins:
        past = history.before(origin)
        told = spec.fit(past).forecast(past, horizon=HORIZON)
        p, state = told["probability"], [told[name] for name in ("ahead", "rung", "lapsed")]
        variance = (p * (1 - p)).groupby(state).sum()[p.groupby(state).sum() > 0]
        widths.append(2 * NORMAL_90 * np.sqrt(variance).mean())
    return float(np.mean(widths))


def main(customers: int, draws: int) -> None:
    """Print the reports."""
    lines = purchases(customers)
    print(f"{lines['customer_id'].nunique():,} customers of CDNOW, {HORIZON} from 1997-12-31")
    for grace in (None, "3M"):
        history = kk.CustomerLadder.kundkarriar(grace=grace).history(lines, as_of=AS_OF)
        start = time.perf_counter()
        result = kk.backtest_movement(specs(draws), history, origins=1, horizon=HORIZON)
        print(f"\ngrace {grace}, {time.perf_counter() - start:.0f} s\n{report(result).round(3).to_string()}")
    history = kk.CustomerLadder.kundkarriar(grace=None).history(lines, as_of=AS_OF)
    result = kk.backtest_movement(specs(draws), history, origins=ORIGINS, horizon=HORIZON, every="1M")
    origins = sorted(result.table()["origin"].unique())
    names = dict.fromkeys(result.table()["spec"].to_list())
    widths = pd.Series({name: alone(spec, history, origins) for name, spec in zip(names, specs(draws), strict=False)})
    table = report(result).assign(alone=widths)
    print(f"\n{ORIGINS} origins, no grace\n{table.round(3).to_string()}")


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    main(*(given + [CUSTOMERS, DRAWS][len(given) :]))
