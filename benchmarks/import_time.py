"""What `import kundkarriar` costs beyond `import pandas`: python benchmarks/import_time.py."""

from __future__ import annotations

import statistics
import subprocess
import sys

REPEATS = 7
TIMED = """
import time
import pandas
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""


def cost(statement: str) -> float:
    """Median seconds of `statement` in a fresh interpreter that has pandas."""
    code = [sys.executable, "-c", TIMED.format(statement=statement)]
    runs = (subprocess.run(code, check=True, capture_output=True, text=True) for _ in range(REPEATS))  # noqa: S603
    return statistics.median(float(run.stdout) for run in runs)


def main() -> None:
    """Print both medians."""
    alone = cost("import kundkarriar")
    used = cost("import kundkarriar as kk; kk.transactions, kk.ValueScorer, kk.CustomerCareer")
    print(f"import kundkarriar, after pandas     {alone:.4f} s")
    print(f"... and every room used              {used:.4f} s")


if __name__ == "__main__":
    main()
