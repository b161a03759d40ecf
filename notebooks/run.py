"""Execute the notebooks from top to bottom; an error in a cell fails the run.

`python notebooks/run.py` checks; `python notebooks/run.py --keep` also writes the outputs back.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def run(path: Path, *, keep: bool) -> str:
    """Run one notebook in a fresh kernel; what to print of it."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": HERE}}).execute()
    if keep:
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        nbformat.write(notebook, path)
    return f"{path.name}: {len(notebook.cells)} cells ran\n"


if __name__ == "__main__":
    with ProcessPoolExecutor() as side_by_side:
        for told in side_by_side.map(partial(run, keep="--keep" in sys.argv), sorted(HERE.glob("*.ipynb"))):
            sys.stdout.write(told)
