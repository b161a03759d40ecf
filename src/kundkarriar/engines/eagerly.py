"""A function of frames in memory applied to lazy frames: rows are collected, and the result is handed back lazily."""

from collections.abc import Callable, Sequence
from typing import Any

from kundkarriar.engines.engine import Engine, engine_of
from kundkarriar.engines.lazy_frames import Block, LazyFrame, without_categories
from kundkarriar.frames import FrameT, NarrowFrame, narrow

CONVERTED: dict[str, Callable[[NarrowFrame], Any]] = {
    "pandas": lambda wide: wide.to_pandas(),
    "polars": lambda wide: wide.to_polars(),
    "pyarrow": lambda wide: without_categories(wide.to_arrow()),
}
"""How a frame becomes one of another library."""


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
    made = without_categories(function(engine.collected(read).to_native()))
    return engine.uploaded(made, beside=frame).to_native()


def in_memory(frame: Any) -> Any:
    """All rows of a lazy frame, as a polars DataFrame or an Arrow table; what is no lazy frame as it is.

    >>> import polars as pl
    >>> type(in_memory(pl.LazyFrame({"customer_id": [1]}))).__name__
    'DataFrame'
    """
    found = engine_of(frame)
    return frame if found is None else found[0].collected(found[1]).to_native()


def handed_back(made: FrameT, *, like: Any) -> Any:
    """A frame in memory as a frame of the kind of `like`, on the engine of `like` where that is lazy.

    Args:
        made: a frame of pandas, polars or pyarrow.
        like: a frame of any kind.

    >>> import pandas as pd, polars as pl
    >>> type(handed_back(pd.DataFrame({"customer_id": [1]}), like=pl.LazyFrame())).__name__
    'LazyFrame'
    """
    wide, found = narrow(made, need="like"), engine_of(like)
    if found is None:
        kind = narrow(like, need="like").implementation
        return wide.to_native() if kind is wide.implementation else CONVERTED[kind.value](wide)
    engine, frame = found
    block = CONVERTED["polars" if engine.name == "polars" else "pyarrow"](wide)
    return engine.uploaded(block, beside=frame).to_native()
