"""Lazy frames of polars."""

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
from attrs import frozen

from kundkarriar.engines.lazy_frames import BLOCK_ROWS, BLOCKS, Block, BlockFunction, LazyFrame, as_lazy
from kundkarriar.engines.progress import told
from kundkarriar.frames import NarrowFrame


@frozen
class PolarsEngine:
    """Lazy frames of polars; see `Engine`."""

    name: str = "polars"
    cluster: bool = False

    def collected(self, frame: LazyFrame) -> NarrowFrame:
        """All rows, in memory."""
        return nw.from_native(frame.to_native().collect(engine="streaming"), eager_only=True)

    def kept(self, frame: LazyFrame) -> LazyFrame:
        """The frame computed once, in memory."""
        return self.collected(frame).lazy()

    def uploaded(self, block: Block, *, beside: LazyFrame) -> LazyFrame:  # noqa: ARG002
        """A block as a lazy frame."""
        return as_lazy(block.lazy())

    def joins(self, frame: LazyFrame, *, beside: LazyFrame) -> bool:  # noqa: ARG002
        """Always."""
        return True

    def grouped(self, frame: LazyFrame, *, by: str, columns: Mapping[str, tuple[str, ...]]) -> LazyFrame:
        """One row for each value of `by`; see `Engine.grouped`."""
        import polars as pl  # noqa: PLC0415 - an extra

        made = {
            name: pl.col(of[0]).min_by(of[1]) if how == "first" else getattr(pl.col(of[0]), how)()
            for name, (how, *of) in columns.items()
        }
        return as_lazy(frame.to_native().group_by(by).agg(**made))

    def with_times(self, frame: LazyFrame, columns: Mapping[str, str]) -> LazyFrame:
        """With new columns of times without a zone, from these."""
        return frame.with_columns(**{to: nw.col(of).cast(nw.Datetime("us")) for to, of in columns.items()})

    def mapped(self, frame: LazyFrame, function: BlockFunction) -> LazyFrame:
        """The function of blocks of the rows, when the result is read."""
        import polars as pl  # noqa: PLC0415 - an extra

        def in_blocks(rows: Any) -> Any:
            return pl.concat([function(block) for block in rows.iter_slices(BLOCK_ROWS)] or [function(rows)])

        native = frame.to_native()
        schema = function(native.head(2).collect()).schema
        # Streams: blocks come as they are read, and the function is asked of none that has no rows.
        return as_lazy(
            native.map_batches(
                lambda rows: in_blocks(rows) if len(rows) else pl.DataFrame(schema=schema),
                schema=schema,
                streamable=True,
            )
        )

    def mapped_by(self, frame: LazyFrame, function: BlockFunction, *, by: str, blocks: int) -> LazyFrame:
        """The function of each block of values of `by`, at once."""
        import polars as pl  # noqa: PLC0415 - an extra

        native = frame.to_native()
        numbers = told(range(blocks), of=BLOCKS)
        parts = (native.filter(pl.col(by).hash() % blocks == number) for number in numbers)
        made = [function(rows) for part in parts if len(rows := part.collect(engine="streaming"))]
        made = made or [function(native.head(0).collect())]
        return as_lazy(pl.concat(made).lazy())
