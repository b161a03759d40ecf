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


NUMBER = re.compile(r"-?[\d,]*\d(?:\.\d+)?")


def words(line):
    """A line without its numbers and the space between words."""
    return NUMBER.sub("#", line).split()


def alike(shown, printed):
    """Whether two lines have the same words, and numbers within 1 % or one unit of the last digit shown.

    Draws of parameters agree to about five digits between machines and numbers of threads, and a quantile of 100 draws
    may then be the next draw.
    """
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=False)
    return words(shown) == words(printed) and all(
        abs(one - other) <= max(0.01 * abs(one), 0.011)
        for one, other in ((float(a.replace(",", "")), float(b.replace(",", ""))) for a, b in pairs)
    )


def test_what_it_prints_is_what_the_demo_prints(capsys):
    """Every line shown as output stands in the output of docs/quickstart.py."""
    runpy.run_path(str(README.parent / "docs" / "quickstart.py"), run_name="__main__")
    printed = capsys.readouterr().out.splitlines()
    shown = re.findall(r"```text\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    missing = [line for block in shown for line in block.splitlines() if not any(alike(line, each) for each in printed)]
    assert shown
    assert missing == []
