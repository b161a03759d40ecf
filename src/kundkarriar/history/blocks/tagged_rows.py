"""Transactions, events and customers in one lazy frame, so that a block has all rows of its customers, and apart again.

Every column but the id has a name of its own, because the columns of two tables may have different types.
"""

from typing import Any, NamedTuple

import narwhals.stable.v2 as nw

from kundkarriar.engines.lazy_frames import Block, LazyFrame
from kundkarriar.id_kinds import ID

TABLE = "kundkarriar_table"
"""The column with the number of the table of a row."""


class HistoryTables(NamedTuple):
    """The three tables of a history, of one kind of frame; None where one was not given."""

    transactions: Any
    customers: Any
    events: Any


def tagged(tables: HistoryTables) -> LazyFrame:
    """The rows of lazy tables in one lazy frame."""
    rows = []
    for number, table in enumerate(tables):
        if table is not None:
            names = [name for name in table.collect_schema().names() if name != ID]
            own = {_own(number, at): nw.col(name) for at, name in enumerate(names)}
            rows.append(table.select(ID, nw.lit(number).alias(TABLE), **own))
    together: LazyFrame = nw.concat(rows, how="diagonal") if len(rows) > 1 else rows[0]
    return together


def untagged(block: Block, *, names: tuple[tuple[str, ...] | None, ...]) -> HistoryTables:
    """The tables of a block, as frames in memory.

    `names` are the columns of the three tables but the id, None of a table that was not given.
    """
    wide = nw.from_native(block, eager_only=True)
    tables: list[Any] = []
    for number, given in enumerate(names):
        if given is None:
            tables.append(None)
            continue
        own = {name: nw.col(_own(number, at)) for at, name in enumerate(given)}
        tables.append(wide.filter(nw.col(TABLE) == number).select(ID, **own).to_native())
    return HistoryTables(*tables)


def _own(number: int, at: int) -> str:
    return f"{TABLE}_{number}_{at}"
