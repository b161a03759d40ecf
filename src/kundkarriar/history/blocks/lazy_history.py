"""A history in lazy frames of polars, DuckDB or Spark: functions of histories in memory, on blocks of customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, frozen

from kundkarriar.arguments import NAME
from kundkarriar.dates.dates_as_integers import DateHints, date_ticks
from kundkarriar.dates.period import as_day, day_number
from kundkarriar.engines.engine import Engine, engine_of
from kundkarriar.engines.lazy_frames import BLOCK_ROWS, Block, LazyFrame, without_categories
from kundkarriar.errors import SHOWN, KundkarriarError, collected, warn
from kundkarriar.frames import NarrowFrame, narrow, require
from kundkarriar.history.as_of.event_columns import RESERVED
from kundkarriar.history.as_of.events import unknown_events
from kundkarriar.history.blocks.table_counts import customer_counts, day_of, event_counts, plausible
from kundkarriar.history.blocks.tagged_rows import TABLE, HistoryTables, tagged, untagged
from kundkarriar.history.blocks.whole_base import WholeBase
from kundkarriar.history.ledger.lazy_transactions import LazyTransactions, up_to
from kundkarriar.history.ledger.ledger import data_end_early
from kundkarriar.history.ledger.transaction_rows import checked_transactions
from kundkarriar.id_kinds import ID

BlockOfHistory = Callable[[HistoryTables, WholeBase], Any]
"""A function of the tables of some customers and of the whole base."""


@frozen(kw_only=True, eq=False)
class LazyHistory:
    """The tables of a history, as lazy frames of one engine.

    A function of a history is applied to blocks of whole customers. What depends on all customers is counted first:
    the days on which the data begin and end, the names of events, dates that stand out, and whether any row breaks a
    law. Where one does, all rows are collected, and the function refuses them as it refuses frames in memory.

    Attributes:
        engine: the engine of the frames.
        tables: the lazy tables.
        as_of: the last day that counts.
        need: the caller, as messages call it.
    """

    engine: Engine
    tables: HistoryTables
    as_of: np.datetime64
    need: str

    @classmethod
    def of(cls, transactions: Any, *, as_of: Any, customers: Any, events: Any, need: str) -> LazyHistory | None:
        """The history of lazy transactions; None of eager ones. `customers` and `events` may be of any kind.

        Raises:
            DataError: a column is missing, or dates are none, or have a time zone.
        """
        found = engine_of(transactions)
        if found is None:
            return None
        engine, lazy = found
        last = as_day(as_of, name="as_of")
        others = (None if given is None else _beside(engine, lazy, given) for given in (customers, events))
        history = cls(engine=engine, tables=HistoryTables(lazy, *others), as_of=last, need=need)
        history._check_columns()
        return evolve(history, tables=_with_ids_alike(history.tables))

    def mapped(self, block: BlockOfHistory, *, whole: Callable[[HistoryTables], Any], begins: int | None = None) -> Any:
        """The frames that `block` makes of blocks of customers, as one lazy frame of the engine's library.

        Args:
            block: makes a frame of the tables of some customers.
            whole: makes the frame of all tables in memory, for what has no lazy way.
            begins: the first day with a purchase, for careers that tell whose entry is unknown.

        Raises:
            KundkarriarError: as `whole`. On Spark a law that is not counted first, that every customer is on a rung, is
                seen to be broken when the result is read: Spark's error then has the text of ours, about the block.
        """
        if self.counted is None:
            return self._collected(whole)
        base, rows, told = self.counted
        base, read = evolve(base, begins=begins), tagged(self._until_as_of())
        function = _OnBlocks(block=block, base=base, names=_names(self.tables))
        try:
            with collected() as of_rungs:
                first = function(self._first_customer(read))
            for message in (*told, *of_rungs):
                warn(message)
            function = evolve(function, empty=first[:0])
            return self.engine.mapped_by(read, function, by=ID, blocks=rows // BLOCK_ROWS + 1).to_native()
        except KundkarriarError as error:
            if not error.rows:  # it is not about rows of a block
                raise
        return self._collected(whole)

    @cached_property
    def counted(self) -> tuple[WholeBase, int, tuple[str, ...]] | None:
        """What blocks are told, the number of rows, and warnings; None where all rows are to be collected.

        They are where a row may break a law, where dates stand out, and where no customer has a purchase.
        """
        if not self._ids_of_one_kind():
            return None
        given = LazyTransactions.checked(self.engine, self.tables.transactions)
        if given is None or given.begin > self.as_of:
            return None
        bought = {"rows": given.number, "first": day_number(given.begin), "last": day_number(given.end)}
        ends, rows, opens = bought["last"], bought["rows"], [bought["first"]]
        told = [] if (late := data_end_early(ends, self.as_of, need=self.need)) is None else [late]
        known = self._until_as_of().transactions.select(ID)
        if (customers := self.tables.customers) is not None:
            counts = customer_counts(self.engine, customers)
            if counts is None or not self._plausible(customers, "first_contact", counts, bought):
                return None
            rows, opens = rows + counts["rows"], [*opens, counts.get("first", ends)]
            known = nw.concat([known, customers.select(ID)], how="vertical")
        named: dict[str, Any] = {}
        if (events := self.tables.events) is not None:
            counts = event_counts(self.engine, events)
            if counts is None or not self._plausible(events, "date", counts, bought):
                return None
            rows = rows + counts["rows"]
            happened = self._events(events, known.unique())
            if happened is None:
                return None
            named, first = happened
            opens += first
            told += self._unknown(events, known, rows=counts["rows"], read=named.pop("read"))
        return WholeBase(ends=ends, opens=min(opens), **named), rows, tuple(told)

    def _check_columns(self) -> None:
        """Refuse tables by their columns, in the words of the functions that read frames in memory."""
        transactions, customers, events = (
            None if table is None else self.engine.collected(table.head(0)) for table in self.tables
        )
        checked_transactions(transactions, need=self.need, empty=True)
        date_ticks(narrow(transactions, need=self.need), "date", need=self.need)
        if customers is not None:
            require(customers, [ID], need=f"{self.need}: `customers`")
        if events is not None:
            require(events, [ID, "date", "event"], need="events")
            date_ticks(events, "date", need="events", hints=DateHints.of_column('events["date"]'))

    def _ids_of_one_kind(self) -> bool:
        """Whether ids are of one type, text or whole numbers, in all tables."""
        kinds = [table.collect_schema()[ID] for table in self.tables if table is not None]
        return len(set(kinds)) == 1 and (kinds[0].is_integer() or isinstance(kinds[0], nw.String))

    def _until_as_of(self) -> HistoryTables:
        """The tables, with the transactions that count."""
        transactions, customers, events = self.tables
        return HistoryTables(transactions.filter(up_to(self.as_of)), customers, events)

    def _plausible(self, table: LazyFrame, column: str, counts: Mapping[str, Any], bought: Mapping[str, Any]) -> bool:
        if "last" not in counts:
            return True
        among = {f"{name} among": bought[name] for name in ("first", "last")}
        return plausible(self.engine, table, column, among=self.tables.transactions, counts={**counts, **among})

    def _events(self, events: LazyFrame, known: LazyFrame) -> tuple[dict[str, Any], list[int]] | None:
        """Names of events for the whole base, the number that is `read`, and the first day; None of odd names."""
        value = nw.col("value") if "value" in events.collect_schema() else nw.lit(None)
        valued = ~value.is_null()
        if "value" in events.collect_schema() and events.collect_schema()["value"].is_float():
            valued &= ~value.is_nan()
        told = events.select(ID, "event", "date", valued=valued.cast(nw.Int64))

        def by_name(frame: LazyFrame) -> NarrowFrame:
            asked = {"rows": nw.len(), "valued": nw.col("valued").sum(), "first": nw.col("date").min()}
            return self.engine.collected(frame.group_by("event").agg(**asked))

        every, read = by_name(told), by_name(told.filter(up_to(self.as_of)).join(known, on=ID, how="semi"))
        if not all(NAME.holds(name) and not RESERVED.search(_plain(name)) for name in every["event"].to_list()):
            return None
        return {
            "events": tuple(sorted(set(map(_plain, read["event"].to_list())))),
            "valued": tuple(sorted(set(map(_plain, read.filter(nw.col("valued") > 0)["event"].to_list())))),
            "names": frozenset(map(_plain, every["event"].to_list())),
            "valued_names": frozenset(map(_plain, every.filter(nw.col("valued") > 0)["event"].to_list())),
            "read": sum(read["rows"].to_list()),
        }, [day_of(day) for day in read["first"].to_list()]

    def _unknown(self, events: LazyFrame, known: LazyFrame, *, rows: int, read: int) -> list[str]:
        """What is said of events of unknown customers."""
        happened = events.filter(up_to(self.as_of))
        number = self.engine.collected(happened.select(rows=nw.len()))["rows"].to_list()[0] - read
        if not number:
            return []
        shown = happened.join(known.unique(), on=ID, how="anti").sort("date", ID).head(SHOWN)
        first = self.engine.collected(shown)
        return [unknown_events(number, of=rows, rows={name: first[name].to_list() for name in first.columns})]

    def _first_customer(self, rows: LazyFrame) -> Block:
        """All rows of one customer who bought."""
        first = self.engine.kept(rows.filter(nw.col(TABLE) == 0).select(ID).head(1))
        return self.engine.collected(rows.join(first, on=ID, how="semi")).to_native()

    def _collected(self, whole: Callable[[HistoryTables], Any]) -> Any:
        """What `whole` makes of all rows in memory, as a lazy frame of the engine's library."""
        tables = (None if table is None else self.engine.collected(table).to_native() for table in self.tables)
        made = without_categories(whole(HistoryTables(*tables)))
        return self.engine.uploaded(made, beside=self.tables.transactions).to_native()


@frozen(kw_only=True, eq=False)
class _OnBlocks:
    """A function of histories as a function of blocks of their tagged rows; it goes to the workers of Spark.

    Attributes:
        block: the function.
        base: what depends on all customers.
        names: the columns of the tables.
        empty: what the function makes of no customers; None while that is asked.
    """

    block: BlockOfHistory
    base: WholeBase
    names: tuple[tuple[str, ...] | None, ...]
    empty: Any = None

    def __call__(self, rows: Block) -> Block:
        tables = untagged(rows, names=self.names)
        nobody = not len(tables.transactions) and (tables.customers is None or not len(tables.customers))
        if nobody and self.empty is not None:  # events of customers who are not known
            return self.empty
        if self.empty is None:
            return without_categories(self.block(tables, self.base))
        with collected():  # warnings of the whole base have been given
            return without_categories(self.block(tables, self.base))


def _beside(engine: Engine, lazy: LazyFrame, given: Any) -> LazyFrame:
    """A frame of any kind as a lazy frame of an engine."""
    found = engine_of(given)
    if found is not None and found[0] is engine and engine.joins(found[1], beside=lazy):
        return found[1]
    eager = narrow(given, need="kundkarriar") if found is None else found[0].collected(found[1])
    block = eager.to_polars() if engine.name == "polars" else eager.to_arrow()
    return engine.uploaded(without_categories(block), beside=lazy)


def _with_ids_alike(tables: HistoryTables) -> HistoryTables:
    """The tables with whole numbers as ids in 64 bits, if they are shorter somewhere."""
    kinds = {table.collect_schema()[ID] for table in tables if table is not None}
    if len(kinds) == 1 or not all(kind.is_signed_integer() for kind in kinds):
        return tables
    wide = nw.col(ID).cast(nw.Int64)
    return HistoryTables(*(None if table is None else table.with_columns(wide) for table in tables))


def _names(tables: HistoryTables) -> tuple[tuple[str, ...] | None, ...]:
    return tuple(
        None if table is None else tuple(name for name in table.collect_schema().names() if name != ID)
        for table in tables
    )


def _plain(name: str) -> str:
    """The name of an event as events are read."""
    return name.strip().lower()
