"""Rungs of customers in lazy frames: blocks of customers, each placed as a frame in memory is."""

from functools import partial
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import Period, as_period
from kundkarriar.errors import collected
from kundkarriar.frames import new_frame
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.history.blocks.lazy_history import LazyHistory
from kundkarriar.history.blocks.tagged_rows import HistoryTables
from kundkarriar.history.blocks.whole_base import WholeBase
from kundkarriar.history.ledger.ledger import read_ledger
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.rungs.fixed_scores import FixedScores
from kundkarriar.rules.function_condition import refuse_functions
from kundkarriar.summaries.burn_in import last_of_burn_in, warn_of_unknown

NEED = "CustomerLadder"


@frozen(kw_only=True, eq=False)
class LazyLadder:
    """A ladder and a history in lazy frames.

    Attributes:
        ladder: a `CustomerLadder`.
        history: its history.
        scores: as of `CustomerLadder.place`.

    Raises:
        CapabilityError: a rung asks a function, which may look at all customers at once.
    """

    ladder: Any
    history: LazyHistory
    scores: FixedScores | None

    def __attrs_post_init__(self) -> None:
        conditions = {rung.name: rung.all_conditions for rung in self.ladder.rungs}
        refuse_functions(conditions, what="rungs", blocks="customers")

    def positions(self) -> Any:
        """The frame of `CustomerLadder.place`."""
        return self._mapped(partial(LadderHistory.positions, scores=self.scores))

    def careers(self, *, every: str, burn_in: str | Period | None) -> Any:
        """The frame of `CustomerLadder.careers`."""
        span = None if burn_in is None else as_period(burn_in, name="burn_in")
        made = partial(LadderHistory.careers, every=every, scores=self.scores)
        return self._mapped(made, burn_in=span, begins=None if span is None else self._begins(span))

    def _mapped(self, made: Any, *, burn_in: Period | None = None, begins: int | None = None) -> Any:
        read = partial(_read, ladder=self.ladder, as_of=self.history.as_of, burn_in=burn_in)
        return self.history.mapped(
            lambda tables, base: made(read(tables, base=base)), whole=lambda tables: made(read(tables)), begins=begins
        )

    def _begins(self, burn_in: Period) -> int | None:
        """The first day with a purchase, with a warning of customers whose entry is unknown; None where there is none.

        Returns of the same day undo purchases, so the first purchase of every customer is read in blocks, too.
        """
        if self.history.counted is None:  # all rows are collected, and give their own warning
            return None
        read = partial(_first_days, as_of=self.history.as_of)
        with collected():
            firsts = self.history.mapped(read, whole=lambda tables: read(tables, None))
        engine, first = self.history.engine, nw.col("first")
        days = engine.kept(nw.from_native(firsts).filter(first != NEVER))
        begins = engine.collected(days.select(first.min()))["first"].to_list()[0]
        if begins is None:
            return None
        unknown = (first <= last_of_burn_in(begins, burn_in)) & (nw.col("contact") < begins)
        counts = engine.collected(days.select(bought=nw.len(), unknown=unknown.cast(nw.Int64).sum()))
        number, bought = (int(counts[name].to_list()[0]) for name in ("unknown", "bought"))
        warn_of_unknown(number, of=bought, start=np.datetime64(int(begins), "D"), span=burn_in)
        return int(begins)


def _read(
    tables: HistoryTables, *, ladder: Any, as_of: np.datetime64, burn_in: Period | None, base: WholeBase | None = None
) -> LadderHistory[Any]:
    """The history of tables in memory. It is of the module, as what goes to Spark's workers must hold no lazy frame."""
    transactions, customers, events = tables
    known = read_facts_as_of(transactions, as_of=as_of, customers=customers, events=events, need=NEED, base=base)
    history: LadderHistory[Any] = ladder.history_of(known, burn_in=burn_in, like=transactions)
    return history


def _first_days(tables: HistoryTables, base: WholeBase | None, *, as_of: np.datetime64) -> Any:
    """The days of the first purchase and of the first contact of each customer."""
    ledger = read_ledger(tables.transactions, as_of=as_of, customers=tables.customers, need=NEED, base=base)
    days = {"first": ledger.first_purchase_day, "contact": ledger.contact}
    return new_frame({"customer_id": ledger.customers, **days}, like=tables.transactions)
