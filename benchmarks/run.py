"""All comparisons, one after the other, each in a process of its own.

python benchmarks/run.py [script ...]
"""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGES = ("kundkarriar", "numpy", "pandas", "polars", "scipy", "narwhals", "lifetimes")
SCRIPTS = (
    "summarize.py",
    "fit_bgnbd.py",
    "fit_mbgnbd.py",
    "fit_pareto_nbd.py",
    "fit_returning_nbd.py",
    "predict.py",
    "value_of_customers.py",
    "posterior.py",
    "careers.py",
    "import_time.py",
)


def main(scripts: Sequence[str]) -> None:
    """Say what ran where, then run it."""
    print(platform.platform(), "Python", platform.python_version())
    print(", ".join(f"{name} {version(name)}" for name in PACKAGES))
    for script in scripts:
        print(f"\n-- {script} --", flush=True)
        subprocess.run([sys.executable, Path(__file__).parent / script], check=True)  # noqa: S603 - our own scripts


if __name__ == "__main__":
    main(sys.argv[1:] or SCRIPTS)
