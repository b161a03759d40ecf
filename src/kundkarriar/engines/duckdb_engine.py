"""Relations of DuckDB."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from kundkarriar.engines.lazy_frames import BLOCK_ROWS, BLOCKS, Block, BlockFunction, LazyFrame, as_lazy
from kundkarriar.engines.progress import told
from kundkarriar.frames import NarrowFrame

ROWS = "kundkarriar_rows"
"""The name by which queries read a relation."""


@frozen
class DuckDBEngine:
    """Relations of DuckDB; see `Engine`.

    Everything is asked of the relation itself, for only it knows its connection. Results stand in temporary tables of
    that connection until it closes; a table of Arrow is read by the name of the Python variable.
    """

    name: str = "duckdb"
    cluster: bool = False
    _numbers: Any = field(factory=count, eq=False, repr=False)

    def collected(self, frame: LazyFrame) -> NarrowFrame:
        """All rows, in memory, as an Arrow table."""
        return nw.from_native(frame.to_native().to_arrow_table(), eager_only=True)

    def kept(self, frame: LazyFrame) -> LazyFrame:
        """The frame computed once, in a temporary table."""
        native, table = frame.to_native(), self._table()
        native.query(ROWS, f"create temp table {table} as select * from {ROWS}")
        return as_lazy(native.query(ROWS, f"select * from {table}"))

    def uploaded(self, block: Block, *, beside: LazyFrame) -> LazyFrame:
        """A block as a temporary table of the connection of `beside`."""
        native, table = beside.to_native(), self._table()
        _write(native, f"create temp table {table} as", block)
        return as_lazy(native.query(ROWS, f"select * from {table}"))

    def joins(self, frame: LazyFrame, *, beside: LazyFrame) -> bool:
        """Whether both are of one connection; a relation does not tell its own."""
        from duckdb import InvalidInputException  # noqa: PLC0415 - an extra

        try:
            beside.to_native().cross(frame.to_native())
        except InvalidInputException:
            return False
        return True

    def grouped(self, frame: LazyFrame, *, by: str, columns: Mapping[str, tuple[str, ...]]) -> LazyFrame:
        """One row for each value of `by`; see `Engine.grouped`."""
        named = {"first": "arg_min"}
        made = (
            f"{named.get(how, how)}({', '.join(_quoted(each) for each in of)}) as {_quoted(name)}"
            for name, (how, *of) in columns.items()
        )
        return as_lazy(frame.to_native().aggregate(", ".join([_quoted(by), *made]), _quoted(by)))

    def with_times(self, frame: LazyFrame, columns: Mapping[str, str]) -> LazyFrame:
        """With new columns of times without a zone, from these."""
        return frame.with_columns(**{to: nw.col(of).cast(nw.Datetime("us")) for to, of in columns.items()})

    def mapped(self, frame: LazyFrame, function: BlockFunction) -> LazyFrame:
        """The function of blocks of the rows, at once, into a temporary table."""

        def parts(rows: int) -> list[str]:
            return [f"rowid >= {begin} and rowid < {begin + BLOCK_ROWS}" for begin in range(0, rows, BLOCK_ROWS)]

        return self._of_kept(frame.to_native(), parts, function)

    def mapped_by(self, frame: LazyFrame, function: BlockFunction, *, by: str, blocks: int) -> LazyFrame:
        """The function of each block of values of `by`, at once, into a temporary table."""
        parts = [f"hash({_quoted(by)}) % {blocks} = {number}" for number in range(blocks)]
        return self._of_kept(frame.to_native(), lambda _: parts, function)

    def _of_kept(self, native: Any, parts: Callable[[int], list[str]], function: BlockFunction) -> LazyFrame:
        """The function of the rows of each part; the rows are computed once, and not for each."""
        given = self._table()
        native.query(ROWS, f"create temp table {given} as select * from {ROWS}")
        try:
            rows = native.query(ROWS, f"select count(*) from {given}").fetchall()[0][0]
            asked = [f"select * from {given} where {part}" for part in parts(rows)] if rows else [f"from {given}"]
            return self._inserted(native, asked, function)
        finally:
            native.query(ROWS, f"drop table {given}")

    def _inserted(self, native: Any, parts: Sequence[str], function: BlockFunction) -> LazyFrame:
        """The function of the rows of each query, in a table; an interrupted one is dropped."""
        table, made = self._table(), False
        try:
            for part in told(parts, of=BLOCKS):
                rows = native.query(ROWS, part).to_arrow_table()
                if not rows.num_rows and len(parts) > 1:
                    continue
                _write(native, f"insert into {table}" if made else f"create temp table {table} as", function(rows))
                made = True
        except BaseException:  # of KeyboardInterrupt too
            native.query(ROWS, f"drop table if exists {table}")
            raise
        return as_lazy(native.query(ROWS, f"select * from {table}"))

    def _table(self) -> str:
        return f"kundkarriar_{next(self._numbers)}"


def _write(native: Any, where: str, kundkarriar_block: Block) -> None:  # noqa: ARG001 - DuckDB finds it by this name
    """Write a block into a table of the connection of a relation; a table of that name would be taken for it."""
    native.query(ROWS, f"{where} select * from kundkarriar_block")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
