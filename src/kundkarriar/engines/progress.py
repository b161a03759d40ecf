"""Progress of work that takes more than a few seconds: a bar of tqdm, where that is installed and somebody looks."""

import os
import sys
from collections.abc import Iterable, Iterator, Sized
from importlib.util import find_spec
from typing import Any, TypeVar

ItemT = TypeVar("ItemT")
SECONDS = 3.0
"""Work that is done sooner shows no bar."""


def told(items: Iterable[ItemT], *, of: str, number: int | None = None) -> Iterator[ItemT]:
    """The items one by one, with a bar that says how far the work on them is.

    There is no bar where tqdm is not installed, or where output goes neither to a terminal nor to a notebook, nor for
    work of less than three seconds. The bar is closed where the work ends, also where it is interrupted.

    Args:
        items: what is worked on.
        of: what the items are, as the bar calls them: "blocks of customers".
        number: how many there are; None: as many as `items` has, where it can tell.

    >>> [item for item in told(range(3), of="blocks")]
    [0, 1, 2]
    """
    total = len(items) if number is None and isinstance(items, Sized) else number
    bar = _bar(of=of, total=total) if total is None or total > 1 else None
    if bar is None:
        yield from items
        return
    with bar:
        for item in items:
            yield item
            bar.update(1)


def _bar(*, of: str, total: int | None) -> Any:
    """A bar of tqdm; None where nobody would see it."""
    if not _seen() or find_spec("tqdm") is None:
        return None
    # tqdm.auto would warn where a notebook lacks widgets
    from tqdm import tqdm  # type: ignore[import-untyped]  # noqa: PLC0415 - not a dependency

    return tqdm(total=total, desc=f"kundkarriar: {of}", delay=SECONDS, leave=False)


def _seen() -> bool:
    """Whether somebody sees a bar: in a terminal or a notebook. Workers of Spark have neither."""
    if os.environ.get("TERM") == "dumb":
        return False
    notebook = type(getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()).__name__
    return notebook == "ZMQInteractiveShell" or bool(getattr(sys.stderr, "isatty", bool)())
