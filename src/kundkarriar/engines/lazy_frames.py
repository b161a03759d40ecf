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

BLOCKS = "blocks of customers"
"""What a bar of progress calls them."""


def as_lazy(native: Any) -> LazyFrame:
    """A lazy frame of a library as narwhals sees it."""
    seen: LazyFrame = nw.from_native(native)
    return seen


def without_categories(block: Block) -> Block:
    """A block with texts for categories, which DuckDB and Spark have not; blocks of polars as they are."""
    wide = nw.from_native(block, eager_only=True)
    if not wide.implementation.is_pyarrow():
        return block
    coded = [name for name, kind in wide.schema.items() if isinstance(kind, nw.Categorical | nw.Enum)]
    return wide.with_columns(nw.col(*coded).cast(nw.String)).to_native() if coded else block
