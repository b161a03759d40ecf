"""Time and memory of the microsimulation: python benchmarks/microsimulation.py [customers] [draws].

The customers are those of CDNOW, repeated with new ids, up to 1997-12-31; the default ladder, the default average of
models, six months ahead. By default 23,570 customers with 200 draws and 1,000,000 with 100, each in a process of its
own. Printed are seconds, seconds of all cores, and the largest memory of the process so far, as Linux reports it, of
the history (reading and checking), the fit, the sizes of rungs, and the forecast of each customer.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

import kundkarriar as kk

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
AS_OF, HORIZON = "1997-12-31", "6M"
CASES = ((23_570, 200), (1_000_000, 100))


def purchases(customers: int) -> pd.DataFrame:
    """The lines of CDNOW up to the day, as often as it takes, each time with new ids."""
    lines = kk.datasets.load_cdnow()
    lines = lines[lines["date"] <= AS_OF]
    ids = pd.factorize(lines["customer_id"])[0]
    base = int(ids.max()) + 1
    times = -(-customers // base)
    new = (np.arange(times)[:, None] * base + ids).ravel()
    many = pd.concat([lines] * times, ignore_index=True).assign(customer_id=new)
    whole: pd.DataFrame = many[many["customer_id"] < customers]
    return whole


def measured(name: str, work: Callable[[], T]) -> T:
    """What the work returns; printed is what it took."""
    begin, core = time.perf_counter(), time.process_time()
    found = work()
    seconds, cores = time.perf_counter() - begin, time.process_time() - core
    print(f"  {name:10} {seconds:7.1f} s {cores:7.1f} CPU s   peak {peak():.2f} GB", flush=True)
    return found


def peak() -> float:
    """Largest memory of this process so far, in GB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 2**20 if found else float("nan")


def one_case(customers: int, draws: int) -> None:
    """Print what one case takes."""
    lines = purchases(customers)
    print(f"{customers:,} customers, {len(lines):,} lines, {draws} draws, {HORIZON}", flush=True)
    history = measured("history", lambda: kk.CustomerLadder.kundkarriar().history(lines, as_of=AS_OF))
    spec = kk.Microsimulation(process=kk.ModelAverage(), draws=draws, seed=1)
    micro = measured("fit", lambda: spec.fit(history))
    measured("sizes", lambda: micro.sizes(history, horizon=HORIZON))
    measured("forecast", lambda: micro.forecast(history, horizon=HORIZON))


def main() -> None:
    """Run all cases, each in a process of its own."""
    for case in CASES:
        subprocess.run([sys.executable, __file__, *map(str, case)], check=True)  # noqa: S603 - ourselves


if __name__ == "__main__":
    if sys.argv[1:]:
        one_case(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else CASES[-1][1])
    else:
        main()
