"""From summary rows in Parquet through DuckDB to values in Parquet: python benchmarks/hundred_million.py [rows].

The rows are of simulated customers of two years, in whole days: frequency, recency, T and monetary_value. The scorer's
purchase model is the equal average of MBG/NBD and Pareto/NBD, its spend model Gamma-Gamma. Told are the seconds of each
stage, the engine's share of them, and the peak of memory; the rows are made in blocks, and do not count.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import kundkarriar as kk
from kundkarriar.engines.duckdb_engine import DuckDBEngine
from kundkarriar.scoring.lazy.lazy_scores import Scored

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS, BLOCK = 730, 1_000_000
BUYERS = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=10.0, a=0.6, b=2.5), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))
SCORER = kk.ValueScorer(
    purchases=kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD())),
    spend=kk.GammaGamma(),
    margin=0.3,
    discount_rate=0.1,
    horizon="12M",
)
KEPT = "customer_id, p_alive, expected_purchases, expected_order_value, clv, clv_lifelong"

spent: dict[str, float] = defaultdict(float)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the seconds of a stage."""
    begin = time.perf_counter()
    yield
    spent[name] += time.perf_counter() - begin


def counted(owner: type, method: str, name: str) -> None:
    """Count the seconds of a method apart."""
    plain = getattr(owner, method)

    def timed(*args: Any, **given: Any) -> Any:
        with stage(name):
            return plain(*args, **given)

    setattr(owner, method, timed)


def write_rows(path: Path, rows: int) -> None:
    """Simulated customers, block by block."""
    generator = np.random.default_rng(1)
    writer = None
    for begin in range(0, rows, BLOCK):
        n = min(BLOCK, rows - begin)
        age = generator.integers(1, DAYS + 1, n)
        made = BUYERS.simulate(age / 7, seed=generator)
        x = np.minimum(made["frequency"].to_numpy(), age)
        last = np.clip(np.ceil(made["recency"].to_numpy() * 7), x, age) * (x > 0)
        money = SPEND.simulate(x, seed=generator)["monetary_value"].to_numpy()
        table = pa.table(
            {
                "customer_id": np.arange(begin + 1, begin + n + 1),
                "frequency": x.astype(np.int32),
                "recency": last / 7,
                "T": age / 7,
                "monetary_value": np.where(x > 0, np.rint(money * x * 100) / 100 / np.maximum(x, 1), 0.0),
                "period": pa.array(["W"]).take(pa.array(np.zeros(n, dtype=np.int32))),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def main(rows: int, where: Path, memory: str) -> None:
    """Make the rows where they are not there, then measure."""
    source, target = where / f"summary_{rows}.parquet", where / f"values_{rows}.parquet"
    if not source.exists():
        begin = time.perf_counter()
        write_rows(source, rows)
        print(f"{rows:,} rows made in {time.perf_counter() - begin:.0f} s, {source.stat().st_size / 1e6:,.0f} MB")
    counted(DuckDBEngine, "collected", "  of that DuckDB's group-bys")
    counted(Scored, "__call__", "  of that values of blocks")
    connection = duckdb.connect()
    connection.execute(f"set threads = 2; set memory_limit = '{memory}'; set temp_directory = '{where / 'spilled'}'")
    summary = connection.read_parquet(str(source))
    begin, processor = time.perf_counter(), time.process_time()
    with stage("fit"):
        fitted = SCORER.fit(summary)
    print(fitted)
    with stage("score"):
        scores = fitted.score(summary, rank=False)
    with stage("write"):
        scores.select(KEPT).write_parquet(str(target))
    for name, seconds in spent.items():
        print(f"{name:32}{seconds:8.1f} s")
    print(
        f"{'all':32}{time.perf_counter() - begin:8.1f} s, of both processors {time.process_time() - processor:,.1f} s"
    )
    print(f"peak of memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")
    told = connection.read_parquet(str(target)).aggregate("count(*), sum(clv)").fetchall()[0]
    print(f"{told[0]:,} customers, clv {told[1]:,.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--where", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--memory", default="4GB", help="of DuckDB")
    asked = parser.parse_args()
    main(asked.rows, asked.where, asked.memory)
