"""Time of a summary from transactions, beside the same by hand: python benchmarks/summarize.py [rows].

The hand-written rival is two group-bys of the same frame library: amounts per customer and day, then per
customer the number of days, first and last day, recency, age and total; of lazy frames also the first
amount and the mean of the others. It checks nothing and knows no returns. Both run in turn, so that other
load on the machine slows both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
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


def by_hand_lazy(frame: pl.LazyFrame) -> pl.DataFrame:
    """Two group-bys of lazy polars, with all columns of money."""
    days = frame.group_by("customer_id", pl.col("date").cast(pl.Date)).agg(pl.col("amount").sum())
    customers = days.group_by("customer_id").agg(
        pl.len().alias("n"),
        pl.col("date").min().alias("first"),
        pl.col("date").max().alias("last"),
        pl.col("amount").sum().alias("total"),
        pl.col("amount").min_by("date").alias("first_value"),
    )
    return customers.with_columns(
        recency=(pl.col("last") - pl.col("first")).dt.total_days() / 7.0,
        T=(pl.lit(date.fromisoformat(AS_OF)) - pl.col("first")).dt.total_days() / 7.0,
        mean=(pl.col("total") - pl.col("first_value")) / (pl.col("n") - 1),
    ).collect(engine="streaming")


def by_hand_duckdb(frame: duckdb.DuckDBPyRelation) -> object:
    """Two group-bys of DuckDB, with all columns of money, into a temporary table."""
    return frame.query(
        "rows",
        f"""create or replace temp table by_hand as
        select *, (last - first) / 7 as recency, (date '{AS_OF}' - first) / 7 as T,
               (total - first_value) / (n - 1) as mean
        from (select customer_id, count(*) as n, min(day) as first, max(day) as last, sum(spend) as total,
              arg_min(spend, day) as first_value
              from (select customer_id, date::date as day, sum(amount) as spend from rows group by all)
              group by customer_id)""",  # noqa: S608 - of constants
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
        ours.append(seconds(lambda: kk.summarize(frame, as_of=AS_OF, period="W")))  # lazy ones are computed too
        theirs.append(seconds(lambda: by_hand(frame)))
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"{name:<28} kk.summarize {mine:6.2f} s   by hand {other:6.2f} s   ratio {mine / other:.2f}", flush=True)


def in_duckdb(frame: pl.DataFrame) -> duckdb.DuckDBPyRelation:
    """The frame as a table of DuckDB, with two threads."""
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    rows = frame.to_arrow()  # noqa: F841 - DuckDB finds it by this name
    connection.execute("create table orders as select * from rows")
    return connection.table("orders")


KINDS: dict[str, tuple[Callable[[pl.DataFrame], Any], Callable[[Any], object]]] = {
    "pandas": (lambda frame: pd.DataFrame({c: frame[c].to_numpy() for c in frame.columns}), by_hand_pandas),
    "polars": (lambda frame: frame, by_hand_polars),
    "polars lazy": (lambda frame: frame.lazy(), by_hand_lazy),
    "duckdb": (in_duckdb, by_hand_duckdb),
}


def main() -> None:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="a part of the name of a kind: pandas, lazy, duckdb")
    given = parser.parse_args()
    print(f"{given.rows:,} rows, {ROWS_PER_CUSTOMER} per customer, medians of {given.repeats}")
    for returns in (0.0, 0.02):
        data = columns(given.rows, returns=returns)
        said = f", {returns:.0%} returns" if returns else ""
        frame = pl.DataFrame(data)
        for name, (made, by_hand) in KINDS.items():
            if given.only in name:
                compare(f"{name}{said}", made(frame), by_hand, repeats=given.repeats)
    text = pl.DataFrame(columns(given.rows, returns=0.0)).with_columns(
        pl.format("K-{}", "customer_id").alias("customer_id")
    )
    for name in ("polars", "polars lazy", "duckdb"):
        if given.only in name:
            made, by_hand = KINDS[name]
            compare(f"{name}, ids as text", made(text), by_hand, repeats=given.repeats)


if __name__ == "__main__":
    main()
