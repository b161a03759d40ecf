"""Who of the silent buys again: those whom their own history, or the process, expects back, beside the others.

    python benchmarks/paused.py [folder with apparel_transactions.csv]

Of all customers who have lapsed at an origin (silent for longer than 180 days and so many of their own mean gaps, 270
days after a single purchase), by ground: "history" (the silence is not longer than the longest gap between purchase
days), "process" (a purchase within the horizon has a probability of one half or more, by the default scorer), both,
history alone, neither. Printed are customers, summed over origins, the share who bought within the horizon, and the
mean probability of the process.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pandas as pd

import kundkarriar as kk


def table(purchases: pd.DataFrame, *, origins: tuple[str, ...], horizon: str, gaps: float) -> pd.DataFrame:
    """A row for each ground: customers, came, p_purchase."""
    everybody = kk.CustomerLadder.kundkarriar()
    ladder = kk.CustomerLadder(rungs=everybody.rungs, lapse=kk.Lapse(gaps=gaps))
    silent = []
    for origin in origins:
        placed = ladder.place(purchases, as_of=origin)
        summary = kk.summarize(purchases, as_of=origin, gaps=True)
        scorer = kk.ValueScorer(margin=1, discount_rate=0.1, horizon=horizon).fit(summary)
        rows = placed.merge(scorer.score(summary)[["customer_id", "p_purchase"]], on="customer_id")
        until = pd.Timestamp(origin) + pd.DateOffset(months=int(horizon[:-1]))
        later = purchases.loc[purchases["date"].between(pd.Timestamp(origin) + pd.Timedelta(days=1), until)]
        rows["came"] = rows["customer_id"].isin(later["customer_id"])
        silent.append(rows[rows["lapsed"]])
    rows = pd.concat(silent)
    history, process = rows["paused"], rows["p_purchase"] >= 0.5
    grounds = {
        "all": history | ~history,
        "history": history,
        "process": process,
        "both": history & process,
        "history alone": history & ~process,
        "neither": ~history & ~process,
    }
    return pd.DataFrame(
        {
            "ground": list(grounds),
            "customers": [int(ground.sum()) for ground in grounds.values()],
            "came": [rows.loc[ground, "came"].mean() for ground in grounds.values()],
            "p_purchase": [rows.loc[ground, "p_purchase"].mean() for ground in grounds.values()],
        }
    )


def main(folder: Path | None) -> None:
    """Print a table for each data set, horizon and rule."""
    data: dict[str, tuple[pd.DataFrame, tuple[str, ...], str]] = {}
    data["CDNOW"] = kk.datasets.load_cdnow(), ("1997-12-31",), "6M"
    if folder is not None:
        apparel = pd.read_csv(folder / "apparel_transactions.csv", parse_dates=["Date"])
        named = apparel.rename(columns={"Id": "customer_id", "Date": "date", "Price": "amount"})
        days = ("2007-12-31", "2008-06-30", "2008-12-31", "2009-06-30", "2009-12-20")
        data["apparel"] = named, days, "12M"
    for name, (purchases, origins, horizon) in data.items():
        for gaps in (3, 2, 1):
            print(f"\n{name}, {horizon}, lapsed after {gaps} mean gaps")
            told = table(purchases, origins=origins, horizon=horizon, gaps=gaps).round(2)
            print(told.to_string(index=False))


if __name__ == "__main__":
    warnings.simplefilter("ignore", kk.DataWarning)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
