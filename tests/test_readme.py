"""The README does what it says: its Python blocks run as they stand."""

import re
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
