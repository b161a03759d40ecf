"""DataFrames of PySpark."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import narwhals.stable.v2 as nw
from attrs import frozen

from kundkarriar.engines.lazy_frames import BLOCK_ROWS, Block, BlockFunction, LazyFrame, as_lazy
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame


@frozen
class SparkEngine:
    """DataFrames of PySpark; see `Engine`. Blocks come and go as Arrow tables, whatever the session's settings."""

    name: str = "pyspark"
    cluster: bool = True

    def collected(self, frame: LazyFrame) -> NarrowFrame:
        """All rows, in the driver's memory, as an Arrow table."""
        return nw.from_native(frame.to_native().toArrow(), eager_only=True)

    def kept(self, frame: LazyFrame) -> LazyFrame:
        """The frame computed once, when it is first read, in memory and on disk."""
        from pyspark import StorageLevel  # noqa: PLC0415 - an extra

        return as_lazy(frame.to_native().persist(StorageLevel.MEMORY_AND_DISK))

    def uploaded(self, block: Block, *, beside: LazyFrame) -> LazyFrame:
        """A block as a DataFrame of the session of `beside`."""
        return as_lazy(beside.to_native().sparkSession.createDataFrame(block, schema=_schema(block)))

    def joins(self, frame: LazyFrame, *, beside: LazyFrame) -> bool:  # noqa: ARG002
        """Always."""
        return True

    def grouped(self, frame: LazyFrame, *, by: str, columns: Mapping[str, tuple[str, ...]]) -> LazyFrame:
        """One row for each value of `by`; see `Engine.grouped`."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415 - an extra, as its users call it

        made = [
            getattr(F, "min_by" if how == "first" else how)(*of).alias(name) for name, (how, *of) in columns.items()
        ]
        return as_lazy(frame.to_native().groupBy(by).agg(*made))

    def with_times(self, frame: LazyFrame, columns: Mapping[str, str]) -> LazyFrame:
        """With new columns of times without a zone, from these."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415 - an extra, as its users call it

        made = {to: F.col(f"`{of}`").cast("timestamp_ntz") for to, of in columns.items()}
        return as_lazy(frame.to_native().withColumns(made))

    def mapped(self, frame: LazyFrame, function: BlockFunction) -> LazyFrame:
        """The function of blocks of the rows, in the workers, when the result is read."""
        native = frame.to_native()
        schema = _schema(function(native.limit(2).toArrow()))
        with _arrow_alone():
            return as_lazy(native.mapInArrow(_in_blocks(function), schema))

    def mapped_by(self, frame: LazyFrame, function: BlockFunction, *, by: str, blocks: int) -> LazyFrame:
        """The function of each block of values of `by`, in the workers, when the result is read."""
        from pyspark.sql import functions as F  # noqa: N812, PLC0415 - an extra, as its users call it

        native = frame.to_native()
        first = native.limit(1).select(by)
        schema = _schema(function(native.join(first, by, "left_semi").toArrow()))

        number = F.pmod(F.xxhash64(by), F.lit(blocks))

        def of_group(rows: Any) -> Any:  # Spark asks a function what it takes, and a partial one cannot say
            return function(rows)

        with _arrow_alone():
            return as_lazy(native.groupBy(number).applyInArrow(of_group, schema))


def refuse_names(names: Sequence[str]) -> None:
    """Refuse names of columns that Spark reads as something else: a dot as a field, "Date" as "date".

    >>> refuse_names(["customer_id", "shop.city"])
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: names with a dot or a backtick, or alike but for case, mislead Spark: ['shop.city'].
    <BLANKLINE>
    Hint: rename the columns, e.g. frame.toDF(*[name.replace(".", "_") for name in frame.columns]).
    """
    first = {name.lower(): name for name in reversed(names)}
    odd = [name for name in names if first[name.lower()] != name or set(name) & set(".`")]
    if odd:
        raise DataError.because(
            f"names with a dot or a backtick, or alike but for case, mislead Spark: {odd}.",
            hint='rename the columns, e.g. frame.toDF(*[name.replace(".", "_") for name in frame.columns]).',
        )


@contextmanager
def _arrow_alone() -> Iterator[None]:
    """Without Spark's warning of a pandas that is newer than it knows: Arrow tables come and go, and no pandas."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
        yield


def _schema(block: Block) -> Any:
    """The schema of a block in Spark; times without a zone stay so."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - an extra

    return from_arrow_schema(block.schema, prefer_timestamp_ntz=True)


def _in_blocks(function: BlockFunction) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """The function of batches joined to blocks: the batches of Spark's own are small."""

    def mapped(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        waiting: list[Any] = []
        for batch in batches:
            waiting.append(batch)
            if sum(each.num_rows for each in waiting) >= BLOCK_ROWS:
                yield from function(pa.Table.from_batches(waiting)).to_batches()
                waiting = []
        if sum(each.num_rows for each in waiting):
            yield from function(pa.Table.from_batches(waiting)).to_batches()

    return mapped
