"""Lazy frames as narwhals sees them, and blocks of their rows in memory."""

from collections.abc import Callable
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw

LazyFrame: TypeAlias = "nw.LazyFrame[Any]"
Block: TypeAlias = Any
"""Rows in memory, as a frame of the library's own: a polars DataFrame, or an Arrow table of DuckDB and Spark."""
BlockFunction: TypeAlias = Callable[[Block], Block]

BLOCK_ROWS = 1_000_000
"""Rows of a block: enough that the cost of a call does not count, few enough for the memory of a worker."""


def as_lazy(native: Any) -> LazyFrame:
    """A lazy frame of a library as narwhals sees it."""
    seen: LazyFrame = nw.from_native(native)
    return seen
