"""The page for users of lifetimes does what it says: its blocks run in their order, and print what is shown."""

import contextlib
import io
import re
import warnings
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "coming_from_lifetimes.md"
BLOCKS = re.findall(r"```(python|text)\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_every_block_prints_what_is_shown():
    """One after the other in one namespace; what a block prints stands below it, and nothing else does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("lifetimes")
    namespace, printed, shown = {}, "", 0
    for kind, text in BLOCKS:
        if kind == "python":
            assert printed == "", "what a block prints is shown"
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(text, PAGE.name, "exec"), namespace)  # noqa: S102
            printed = out.getvalue()
        else:
            assert text == printed
            printed, shown = "", shown + 1
    assert printed == ""
    assert shown > 5
