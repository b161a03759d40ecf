"""Execute the notebooks from top to bottom; an error in a cell fails the run.

`python notebooks/run.py` checks; `python notebooks/run.py --keep` also writes the outputs back.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def run(path: Path, *, keep: bool) -> None:
    """Run one notebook in a fresh kernel."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": HERE}}).execute()
    if keep:
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        nbformat.write(notebook, path)
    sys.stdout.write(f"{path.name}: {len(notebook.cells)} cells ran\n")


if __name__ == "__main__":
    for path in sorted(HERE.glob("*.ipynb")):
        run(path, keep="--keep" in sys.argv)
