"""Time of a summary from transactions, beside the same by hand: python benchmarks/summarize.py [rows].

The hand-written rival is two group-bys of the same frame library: amounts per customer and day, then per
customer the number of days, first and last day, recency, age and total. It checks nothing and knows no
returns. Both run in turn, so that other load on the machine slows both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl

import kundkarriar as kk

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF = "2025-12-31"
DAYS = 730
ROWS_PER_CUSTOMER = 12


def columns(rows: int, *, returns: float) -> dict[str, Any]:
    """Simulated purchases, in random order, a share of them returns."""
    generator = np.random.default_rng(1)
    start = np.datetime64(AS_OF, "us") - np.timedelta64(DAYS - 1, "D")
    amount = generator.gamma(2.0, 20.0, rows).round(2)
    amount[generator.random(rows) < returns] *= -1
    return {
        "customer_id": generator.integers(1, rows // ROWS_PER_CUSTOMER + 2, rows),
        "date": start + generator.integers(0, DAYS, rows).astype("timedelta64[D]"),
        "amount": amount,
    }


def by_hand_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    """Two group-bys of pandas."""
    days = frame.groupby(["customer_id", "date"], sort=False)["amount"].sum().reset_index()
    customers = days.groupby("customer_id", sort=False).agg(
        n=("date", "size"), first=("date", "min"), last=("date", "max"), total=("amount", "sum")
    )
    return customers.assign(
        recency=(customers["last"] - customers["first"]).dt.days / 7,
        T=(pd.Timestamp(AS_OF) - customers["first"]).dt.days / 7,
    )


def by_hand_polars(frame: pl.DataFrame) -> pl.DataFrame:
    """Two group-bys of polars, on all its threads."""
    days = frame.group_by("customer_id", "date").agg(pl.col("amount").sum())
    customers = days.group_by("customer_id").agg(
        pl.len().alias("n"),
        pl.col("date").min().alias("first"),
        pl.col("date").max().alias("last"),
        pl.col("amount").sum().alias("total"),
    )
    end = pl.lit(np.datetime64(AS_OF, "us"))
    return customers.with_columns(
        recency=(pl.col("last") - pl.col("first")).dt.total_days() / 7.0,
        T=(end - pl.col("first")).dt.total_days() / 7.0,
    )


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes once."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compare(name: str, frame: Any, by_hand: Callable[[Any], object], *, repeats: int) -> None:
    """Print the medians of both and their ratio."""
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(seconds(lambda: kk.summarize(frame, as_of=AS_OF, period="W")))
        theirs.append(seconds(lambda: by_hand(frame)))
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"{name:<28} kk.summarize {mine:6.2f} s   by hand {other:6.2f} s   ratio {mine / other:.2f}", flush=True)


def main() -> None:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    print(f"{given.rows:,} rows, {ROWS_PER_CUSTOMER} per customer, medians of {given.repeats}")
    for returns in (0.0, 0.02):
        data = columns(given.rows, returns=returns)
        said = f", {returns:.0%} returns" if returns else ""
        compare(f"pandas{said}", pd.DataFrame(data), by_hand_pandas, repeats=given.repeats)
        compare(f"polars{said}", pl.DataFrame(data), by_hand_polars, repeats=given.repeats)
    text = pl.DataFrame(columns(given.rows, returns=0.0)).with_columns(
        pl.format("K-{}", "customer_id").alias("customer_id")
    )
    compare("polars, ids as text", text, by_hand_polars, repeats=given.repeats)


if __name__ == "__main__":
    main()
