"""What a base costs by its size and engine: python benchmarks/scale.py [millions ...] [--picture scale.png].

Purchases are generated in DuckDB, written as Parquet, and each engine reads that file: summary, fit of MBG/NBD, scores,
classes and places. Beside the summary stands the engine's own group-by, written by hand, by customer and day and then
by customer: it checks nothing and knows no returns. "ours/own" is the summary's time over that. Each size and engine
has a process of its own, so that peak memory is its own; of Spark it is the larger of Python's and the JVM's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

AS_OF = "2025-12-31"
DAYS = 730
ENGINES = ("pandas", "polars", "duckdb", "spark")
STEPS = ("group-by", "summary", "fit", "score", "classify", "place")
PURCHASES_PER_CUSTOMER = 10
BY_HAND = """
    select customer_id, count(*) as n, min(day) as first, max(day) as last, sum(amount) as total from
    (select customer_id, cast(date as date) as day, sum(amount) as amount from {rows} group by all) group by customer_id
"""


def generate(file: Path, rows: int) -> None:
    """About so many purchases, in random order, of customers who came, buy and leave at rates of their own."""
    import duckdb  # noqa: PLC0415 - an extra

    duckdb.connect().execute(f"""
        copy (
            with customers as (
                select customer_id, cast({DAYS - 1} * random() as integer) as age, -ln(1 - random()) / 18 as rate,
                       ln(1 - random()) * ln(1 - random()) * 400 as life
                from range({rows // PURCHASES_PER_CUSTOMER}) as numbers(customer_id)
            ), purchases as (
                select customer_id, age, least(life, age) as span,
                       unnest(range(1 + cast(floor(rate * least(life, age)) as bigint))) as number from customers
            )
            select customer_id, round(5 + 60 * random() * random(), 2) as amount, timestamp '{AS_OF}'
                   - to_days(age - case when number = 0 then 0 else cast(floor(span * random()) as integer) end) as date
            from purchases order by random()
        ) to '{file}' (format parquet)
    """)  # noqa: S608


def read(engine: str, file: Path) -> tuple[Any, Any]:
    """The purchases as a frame of the engine, and a function that runs the group-by by hand."""
    if engine == "pandas":
        import pandas as pd  # noqa: PLC0415

        frame: Any = pd.read_parquet(file)

        def by_hand() -> Any:
            days = frame.groupby(["customer_id", "date"], sort=False)["amount"].sum().reset_index()
            of = {"n": ("date", "size"), "first": ("date", "min"), "last": ("date", "max"), "total": ("amount", "sum")}
            return days.groupby("customer_id", sort=False).agg(**of)

        return frame, by_hand
    if engine == "polars":
        import polars as pl  # noqa: PLC0415

        lazy = pl.scan_parquet(file)
        days = lazy.group_by("customer_id", pl.col("date").cast(pl.Date)).agg(pl.col("amount").sum())
        date = pl.col("date")
        made = [pl.len().alias("n"), date.min().alias("first"), date.max().alias("last"), pl.col("amount").sum()]
        return lazy, lambda: days.group_by("customer_id").agg(*made).collect(engine="streaming")
    if engine == "duckdb":
        import duckdb  # noqa: PLC0415

        connection = duckdb.connect()
        relation = connection.read_parquet(str(file))
        return relation, lambda: connection.execute(
            f"create temp table by_hand as {BY_HAND.format(rows=repr(str(file)))}"
        )
    from pyspark.sql import SparkSession  # noqa: PLC0415

    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": os.environ.get("SPARK_DRIVER_MEMORY", "4g"),
        "spark.log.level": "ERROR",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.shuffle.partitions": "8",
    }
    builder = SparkSession.builder.master("local[*]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    frame = session.read.parquet(str(file))
    frame.createOrReplaceTempView("purchases")
    return (
        frame,
        lambda: (
            session.sql(BY_HAND.format(rows="purchases").replace("group by all", "group by 1, 2"))
            .write.format("noop")
            .mode("overwrite")
            .save()
        ),
    )


def computed(result: Any) -> Any:
    """A result with all its rows computed: lazy ones are, and stay in the engine."""
    from kundkarriar.engines.engine import engine_of  # noqa: PLC0415

    found = engine_of(result)
    if found is None:
        return result
    engine, lazy = found
    kept = engine.kept(lazy)
    if engine.cluster:
        kept.to_native().count()
    return kept.to_native()


def measure(engine: str, file: Path) -> dict[str, Any]:
    """Seconds of each step, and the peak of memory in GB."""
    import kundkarriar as kk  # noqa: PLC0415

    rows, by_hand = read(engine, file)
    scorer = kk.ValueScorer(horizon="12M", margin=0.3, discount_rate=0.1, purchases=kk.MBGNBD())
    seconds: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for step, work in (
        ("group-by", by_hand),
        ("summary", lambda: computed(kk.summarize(rows, as_of=AS_OF))),
        ("fit", lambda: scorer.fit(kept["summary"])),
        ("score", lambda: computed(kept["fit"].score(kept["summary"]))),
        ("classify", lambda: computed(kk.ABCClassifier().classify(kept["score"]))),
        ("place", lambda: computed(kk.CustomerLadder.kundkarriar().place(rows, as_of=AS_OF))),
    ):
        start = time.perf_counter()
        try:
            kept[step] = work()
        except Exception as error:  # noqa: BLE001 - the others are measured
            seconds[f"{step} failed"] = f"{type(error).__name__}: {str(error)[:200]}"
            continue
        seconds[step] = round(time.perf_counter() - start, 2)
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return {**seconds, "GB": round(max(resource.getrusage(each).ru_maxrss for each in who) / 1e6, 2)}


def picture(table: list[dict[str, Any]], file: str) -> None:
    """Seconds from purchases to places against millions of purchases, a line for each engine."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(figsize=(7, 4))
    for engine in dict.fromkeys(row["engine"] for row in table):
        own = [row for row in table if row["engine"] == engine]
        millions = [row["millions"] for row in own]
        line = axes.plot(millions, [sum(row.get(step, 0.0) for step in STEPS[1:]) for row in own], "o-", label=engine)
        axes.plot(millions, [row.get("group-by", 0.0) for row in own], ":", color=line[0].get_color())
    axes.set(xscale="log", yscale="log", xlabel="million purchases", ylabel="seconds")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.set_title(
        "From purchases to scores, classes and rungs\nDotted: the engine's group-by alone", fontsize="medium"
    )
    axes.legend()
    figure.tight_layout()
    figure.savefig(file)


def main() -> None:
    """Print a row for each size and engine."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("millions", nargs="*", type=float, default=[1, 10])
    asked.add_argument("--engines", nargs="*", default=ENGINES, choices=ENGINES)
    asked.add_argument("--picture")
    asked.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.one:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            print(json.dumps(measure(given.one[0], Path(given.one[1]))))
        return
    table = []
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'million':>8} {'engine':>8}", *(f"{step:>9}" for step in (*STEPS, "GB", "ours/own")))
        for millions in given.millions:
            file = Path(folder) / "purchases.parquet"
            generate(file, int(millions * 1e6))
            for engine in given.engines:
                call = [sys.executable, __file__, "--one", engine, str(file)]
                run = subprocess.run(call, capture_output=True, text=True, check=False)  # noqa: S603
                if run.returncode:
                    print(f"{millions:>8g} {engine:>8} failed: {run.stderr.strip().splitlines()[-1][:120]}")
                    continue
                row = {"millions": millions, "engine": engine, **json.loads(run.stdout.splitlines()[-1])}
                table.append(row)
                share = row["summary"] / row["group-by"] if {"summary", "group-by"} <= set(row) else float("nan")
                cells = [row.get(step, "-") for step in (*STEPS, "GB")]
                print(f"{millions:>8g} {engine:>8}", *(f"{cell:>9}" for cell in cells), f"{share:>9.2f}", flush=True)
                for name, why in row.items():
                    if name.endswith("failed"):
                        print(f"         {name}: {why}")
    if given.picture:
        picture(table, given.picture)


if __name__ == "__main__":
    main()
