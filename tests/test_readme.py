"""The README does what it says: its Python blocks run as they stand."""

import re
import runpy
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_block_runs(block):
    """Copied into a file, it runs."""
    exec(compile(block, "README.md", "exec"), {})  # noqa: S102


def test_there_is_a_block():
    """The README shows Python."""
    assert BLOCKS


def test_what_it_prints_is_what_the_demo_prints(capsys):
    """Every line shown as output stands in the output of docs/quickstart.py."""
    runpy.run_path(str(README.parent / "docs" / "quickstart.py"), run_name="__main__")
    printed = {line.rstrip() for line in capsys.readouterr().out.splitlines()}
    shown = re.findall(r"```text\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    missing = [line for block in shown for line in block.splitlines() if line.rstrip() not in printed]
    assert shown
    assert missing == []
