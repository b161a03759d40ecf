"""What narwhals lacks of a library of lazy frames, and which library a frame is of."""

from collections.abc import Mapping
from typing import Protocol

import narwhals.stable.v2 as nw
from narwhals.exceptions import DuplicateError

from kundkarriar.engines.duckdb_engine import DuckDBEngine
from kundkarriar.engines.lazy_frames import Block, BlockFunction, LazyFrame
from kundkarriar.engines.polars_engine import PolarsEngine
from kundkarriar.engines.spark_engine import SparkEngine, refuse_names
from kundkarriar.frames import NarrowFrame


class Engine(Protocol):
    """A library of lazy frames. Expressions, group-bys and joins are narwhals'; this is what it lacks."""

    @property
    def name(self) -> str:
        """The library, as messages call it."""
        ...

    @property
    def cluster(self) -> bool:
        """Whether rows may lie on many machines: what needs an order of all rows is then made on request only."""
        ...

    def collected(self, frame: LazyFrame) -> NarrowFrame:
        """All rows, in memory: for counts of distinct rows, totals, and other small tables."""
        ...

    def kept(self, frame: LazyFrame) -> LazyFrame:
        """The frame computed once, so that reading it twice does not compute it twice.

        polars holds the rows in memory; DuckDB in a temporary table of the connection, which goes to disk where memory
        ends; Spark persists them in memory and on disk, when they are first read.
        """
        ...

    def uploaded(self, block: Block, *, beside: LazyFrame) -> LazyFrame:
        """A small block as a frame that can be joined with the frame `beside`, which is of the same connection."""
        ...

    def joins(self, frame: LazyFrame, *, beside: LazyFrame) -> bool:
        """Whether two frames of this library can be joined; those of two connections of DuckDB can not."""
        ...

    def grouped(self, frame: LazyFrame, *, by: str, columns: Mapping[str, tuple[str, ...]]) -> LazyFrame:
        """One row for each value of `by`, with columns of ("sum" | "min" | "max" | "count", column), without nulls.

        ("first", column, order) is the value where `order` is least; narwhals has no such aggregate.
        """
        ...

    def with_times(self, frame: LazyFrame, columns: Mapping[str, str]) -> LazyFrame:
        """With new columns of times without a zone, from these of dates or such times; a cast of Spark's has a zone."""
        ...

    def mapped(self, frame: LazyFrame, function: BlockFunction) -> LazyFrame:
        """The function of blocks of the rows, one after the other; it must treat each row on its own.

        polars and Spark compute it when the result is read, DuckDB at once, into a temporary table. The function sees
        the first two rows on their own, too: what it makes of them tells the columns of the result.
        """
        ...

    def mapped_by(self, frame: LazyFrame, function: BlockFunction, *, by: str, blocks: int) -> LazyFrame:
        """The function of so many blocks, each with all rows of the values of `by` in it.

        polars and DuckDB compute it at once, Spark when the result is read. The function sees the rows of one value on
        their own, too: what it makes of them tells the columns of the result.
        """
        ...


ENGINES: dict[nw.Implementation, Engine] = {
    nw.Implementation.POLARS: PolarsEngine(),
    nw.Implementation.DUCKDB: DuckDBEngine(),
    nw.Implementation.PYSPARK: SparkEngine(),
}


def engine_of(frame: object) -> tuple[Engine, LazyFrame] | None:
    """The engine of a lazy frame, and the frame as narwhals sees it; None of an eager frame, or of another object.

    Raises:
        DataError: Spark cannot read the names of the columns.

    >>> import pandas as pd
    >>> engine_of(pd.DataFrame({"customer_id": [1]})) is None
    True
    """
    try:
        wrapped = nw.from_native(frame, pass_through=True)
    except DuplicateError:  # of a pandas frame; who reads it says which columns
        return None
    if not isinstance(wrapped, nw.LazyFrame) or wrapped.implementation not in ENGINES:
        return None
    if wrapped.implementation.is_pyspark():
        refuse_names(wrapped.collect_schema().names())
    return ENGINES[wrapped.implementation], wrapped
