"""Time of places and careers from transactions, and memory, beside a group-by: python benchmarks/careers.py [rows].

The group-by sums amounts per customer and month in the same frame library. It has rows only where somebody bought, and
no rungs. All run in turn, so that other load on the machine slows all; then the processor's seconds say more. Peak
memory is that of one ladder in a process of its own, including the frame of transactions and that of careers, as Linux
reports it.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl

import kundkarriar as kk

if TYPE_CHECKING:
    from collections.abc import Callable

START = np.datetime64("2024-01-01", "us")
AS_OF = "2025-12-31"
DAYS = 731
ROWS_PER_CUSTOMER = 10
LADDERS = {"groups": kk.CustomerLadder.groups(), "kundkarriar": kk.CustomerLadder.kundkarriar()}


def columns(rows: int) -> dict[str, Any]:
    """Simulated purchases anywhere in 24 months, in random order: nearly everybody has a row in nearly every month."""
    generator = np.random.default_rng(1)
    return {
        "customer_id": generator.integers(1, rows // ROWS_PER_CUSTOMER + 1, rows),
        "date": START + generator.integers(0, DAYS, rows).astype("timedelta64[D]"),
        "amount": generator.gamma(2.0, 20.0, rows).round(2),
    }


def by_month_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows and amounts per customer and month."""
    month = frame["date"].to_numpy().astype("datetime64[M]").astype(np.int64)
    return frame.groupby([frame["customer_id"], month])["amount"].agg(["size", "sum"])


def by_month_polars(frame: pl.DataFrame) -> pl.DataFrame:
    """The same with polars, on all its threads."""
    month = pl.col("date").dt.truncate("1mo").alias("month")
    return frame.group_by("customer_id", month).agg(pl.len(), pl.col("amount").sum())


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """How long `work` takes once, by the clock and of the processor."""
    begin, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begin, time.process_time() - used


def compare(name: str, frame: Any, by_month: Callable[[Any], object], *, ladder: str, repeats: int) -> None:
    """Print the medians of all, by the clock and in brackets of the processor."""
    works = {
        "place": lambda: LADDERS[ladder].place(frame, as_of=AS_OF),
        "careers": lambda: LADDERS[ladder].careers(frame, as_of=AS_OF),
        "group-by": lambda: by_month(frame),
    }
    taken: dict[str, list[tuple[float, float]]] = {work: [] for work in works}
    for _ in range(repeats):
        for work, run in works.items():
            taken[work].append(seconds(run))
    medians = {work: [statistics.median(each) for each in zip(*times, strict=True)] for work, times in taken.items()}
    told = "   ".join(f"{work} {clock:6.2f} s ({used:5.2f})" for work, (clock, used) in medians.items())
    print(f"{name}, {ladder:<12} {told}", flush=True)


def report_peak(rows: int, *, ladder: str) -> None:
    """Print the memory of one run, as the operating system reports it."""
    frame = pd.DataFrame(columns(rows))
    before = gigabytes("VmRSS")
    careers = LADDERS[ladder].careers(frame, as_of=AS_OF)
    told = careers.memory_usage(deep=False).sum() / 2**30
    print(
        f"pandas, {ladder:<12} peak {gigabytes('VmHWM'):.1f} GB, of which {before:.1f} before, with the transactions; "
        f"{len(careers):,} career rows of {len(careers.columns)} columns hold {told:.1f}",
        flush=True,
    )


def gigabytes(line: str) -> float:
    """Memory of this process by the operating system: now (VmRSS), or the largest so far (VmHWM)."""
    found = re.search(rf"{line}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 2**20 if found else float("nan")


def main() -> None:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peak", choices=LADDERS, help="only the memory of one ladder")
    given = parser.parse_args()
    if given.peak:
        report_peak(given.rows, ladder=given.peak)
        return
    print(f"{given.rows:,} rows, {ROWS_PER_CUSTOMER} per customer, 24 months, medians of {given.repeats}")
    data = columns(given.rows)
    for ladder in LADDERS:
        compare("pandas", pd.DataFrame(data), by_month_pandas, ladder=ladder, repeats=given.repeats)
        compare("polars", pl.DataFrame(data), by_month_polars, ladder=ladder, repeats=given.repeats)
    for ladder in LADDERS:
        subprocess.run([sys.executable, __file__, str(given.rows), "--peak", ladder], check=True)  # noqa: S603 - ourselves


if __name__ == "__main__":
    main()
