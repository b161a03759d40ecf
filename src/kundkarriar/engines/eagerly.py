"""A function of frames in memory applied to lazy frames: rows are collected, and the result is handed back lazily."""

from collections.abc import Callable, Sequence
from typing import Any

from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import Block, LazyFrame


def eagerly(
    engine: Engine, frame: LazyFrame, function: Callable[[Block], Block], *, columns: Sequence[str] | None = None
) -> Any:
    """`function` of all rows of a lazy frame in memory, its result as a frame of the engine's own library.

    It is for small tables, for what has no lazy way, and for rows that broke a law: the function then raises the error
    that it has for frames in memory, in the same words.

    Args:
        engine: the engine of the frame.
        frame: the lazy frame.
        function: takes and gives frames in memory: polars DataFrames, or Arrow tables of DuckDB and Spark.
        columns: those that the function reads; None: all. Others are not collected.
    """
    asked = frame.collect_schema().names()
    read = frame if columns is None else frame.select([name for name in asked if name in set(columns)])
    made = function(engine.collected(read).to_native())
    return engine.uploaded(made, beside=frame).to_native()
