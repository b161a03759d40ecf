"""The summary of lazy transactions: two group-bys of the engine, and blocks of customers where order matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.dates.implausible_dates import TWENTY_YEARS
from kundkarriar.dates.period import DAYS, Period, as_day, as_period, day_number
from kundkarriar.engines.eagerly import eagerly, in_memory
from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import BLOCK_ROWS, Block, LazyFrame
from kundkarriar.history.ledger.lazy_transactions import READ, LazyTransactions, day_numbers, lacks_id
from kundkarriar.id_kinds import ID
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.numerics.money.exact_sums import LARGEST, PARTS, SLACK
from kundkarriar.summaries.burn_in import warn_of_unknown
from kundkarriar.summaries.lazy.lazy_customers import CONTACT, LazyCustomers
from kundkarriar.summaries.mix.mix_columns import CATEGORY, with_mix, words_are_legal


@frozen(kw_only=True)
class LazySummary:
    """`summarize` of a lazy frame.

    Attributes:
        eager: `summarize` of transactions and `customers` in memory, with all other arguments.
        of_block: the same of some of the customers, without `customers` and `burn_in`; None where the engine's two
            group-bys give all columns.
        as_of, period, burn_in: the arguments.
        mix: whether spend by category is added.
        closed: the months in which nothing is bought, 1 to 12.
    """

    eager: Callable[[Block, Any], Block]
    of_block: Callable[[Block], Block] | None
    as_of: Any
    period: str
    burn_in: str | Period | None
    mix: bool
    closed: tuple[int, ...]

    def of(self, engine: Engine, frame: LazyFrame, customers: Any) -> Any:
        """The summary, computed once, as a lazy frame of the same library; columns and errors as of the eager one."""
        last = as_day(self.as_of, name="as_of")
        span = None if self.burn_in is None else as_period(self.burn_in, name="burn_in")
        given = LazyTransactions.checked(engine, frame, blanks=self.of_block is not None)
        known = None
        if given is not None and customers is not None:
            known = LazyCustomers.checked(engine, customers, beside=frame, among=given)
        if (
            given is None
            or (customers is not None and known is None)
            or given.begin > last
            or day_number(last) - day_number(given.end) > TWENTY_YEARS
            or self._is_closed(engine, given.until(last))
            or (self.mix and not words_are_legal(engine, frame))
        ):
            return self._eagerly(engine, frame, customers)
        if self.of_block is None:
            made = _two_groupings(engine, given, last=last, period=self.period)
        else:
            rows = _standard(given, last)
            made = engine.mapped_by(rows, self.of_block, by=ID, blocks=1 + given.number // BLOCK_ROWS)
        made = engine.kept(made)
        if self.of_block is None and _holds_blank_ids(engine, made):
            return self._eagerly(engine, frame, customers)
        if span is not None:
            made = _with_entry(engine, made, known, span)
        if known is not None:
            made = known.first(made)
        return (with_mix(engine, made, frame, last=last) if self.mix else made).to_native()

    def _eagerly(self, engine: Engine, frame: LazyFrame, customers: Any) -> Any:
        """The summary of the collected rows, or their error, which names all columns where one is missing."""
        names = set(frame.collect_schema().names())
        if not {ID, "date"} <= names:
            frame = frame.head(1)
        columns = (*READ, *([CATEGORY] if self.mix else [])) if {ID, "date", "amount"} <= names else None
        return eagerly(engine, frame, lambda rows: self.eager(rows, in_memory(customers)), columns=columns)

    def _is_closed(self, engine: Engine, rows: LazyFrame) -> bool:
        """Whether something happened in a closed month; what of it was bought, the function in memory finds."""
        if not self.closed:
            return False
        within = nw.col("date").dt.month().is_in(self.closed).cast(nw.Int64)
        return bool(engine.collected(rows.select(number=within.sum()))["number"].to_list()[0])


def _standard(given: LazyTransactions, last: np.datetime64) -> LazyFrame:
    """The rows up to a day as standard transactions."""
    kind = nw.when(nw.col("returned")).then(nw.lit("return")).otherwise(nw.lit("purchase"))
    return given.until(last).select(ID, "date", *(["amount"] if given.priced else []), kind=kind)


def _holds_blank_ids(engine: Engine, made: LazyFrame) -> bool:
    """Whether an id is a blank text: asked of the customers, who are fewer than the rows."""
    dtype = made.collect_schema()[ID]
    if not isinstance(dtype, nw.String):
        return False
    return bool(engine.collected(made.select(number=lacks_id(dtype).cast(nw.Int64).sum()))["number"].to_list()[0])


def _two_groupings(engine: Engine, given: LazyTransactions, *, last: np.datetime64, period: str) -> LazyFrame:
    """The summary by customer and day, and then by customer, with merge="D"; the entry is not known yet."""
    rows = given.until(last).select(ID, "amount", "returned", day=nw.col("date").cast(nw.Date))
    named = {"n": ("count", "bought_on"), "first": ("min", "bought_on"), "last": ("max", "bought_on")}
    money = {"spent": ("sum", "spend"), "first_value": ("first", "spend", "bought_on")}
    if given.returns:
        days = _net_days(rows.group_by(ID, "day").agg(*_net_and_back()))
        money["left"] = ("sum", "left")
    else:
        days = rows.group_by(ID, "day").agg(nw.col("amount").sum()).rename({"day": "bought_on", "amount": "spend"})
    table = engine.grouped(days, by=ID, columns=named | (money if given.priced else {}))
    return _columns(engine, table, given, last=last, period=period)


def _net_and_back() -> tuple[nw.Expr, ...]:
    """The sum of a day's amounts, what of it was returned (positive), and the day, null without a purchase."""
    back = nw.col("returned")
    return (
        nw.col("amount").sum().alias("net"),
        nw.when(back).then(-nw.col("amount")).otherwise(0.0).sum().alias("back"),
        nw.when(~back).then(nw.col("day")).max().alias("bought_on"),
    )


def _net_days(days: LazyFrame) -> LazyFrame:
    """Purchases net of the returns of their day: `bought_on` and `spend`, null where none is left, and returns `left`.

    The rules are those of `offset_same_day_returns`, for one purchase a day; a return of 0 changes nothing.
    """
    net, back = nw.col("net"), nw.col("back")
    least = TIE_TOLERANCE * (net + 2.0 * back)
    kept = (back <= least) | (net > least)
    return days.select(
        ID,
        bought_on=nw.when(kept).then(nw.col("bought_on")),
        spend=nw.when(kept & ~nw.col("bought_on").is_null()).then(net),
        left=nw.when((back > least) & (-net > least)).then(-net).otherwise(0.0),
    )


def _columns(
    engine: Engine, table: LazyFrame, given: LazyTransactions, *, last: np.datetime64, period: str
) -> LazyFrame:
    """The columns of a summary, from the number of purchase days, the first and the last, and what was spent."""
    first, n, unit = day_numbers(nw.col("first")), nw.col("n").cast(nw.Int64), DAYS[period]
    some, again = n > 0, n > 1
    columns = {
        "frequency": nw.when(again).then(n - 1).otherwise(nw.lit(0, nw.Int64)),
        "recency": (day_numbers(nw.col("last")) - first) / unit,
        "T": (nw.lit(day_number(last), nw.Int64) - first) / unit,
    }
    if given.priced:
        spent = nw.col("spent").fill_null(0.0)
        left = nw.col("left") if given.returns else nw.lit(0.0)
        after = nearest_decimal(spent - nw.col("first_value"), of=spent) / (n - 1)
        columns["first_value"] = nearest_decimal(nw.col("first_value"), of=nw.col("first_value"))
        columns["monetary_value"] = nw.when(again).then(after).when(some).then(0.0)
    columns["n_transactions"] = n
    if given.priced:
        columns["total_value"] = nearest_decimal(spent - left, of=spent + left)
        columns["returns_value"] = nearest_decimal(left, of=left)
    table = engine.with_times(table, {"first_purchase": "first", "last_purchase": "last"})
    columns |= {name: nw.col(name) for name in ("first_purchase", "last_purchase")}
    return table.select(ID, **columns, period=nw.lit(period), entry=nw.lit("known"))


def nearest_decimal(value: nw.Expr, *, of: nw.Expr) -> nw.Expr:
    """As the function of arrays of this name: sums that differ from a decimal by their rounding only are that."""
    near = (value * PARTS).round(0) / PARTS
    return nw.when(((value - near).abs() <= SLACK * of) & (of <= LARGEST)).then(near).otherwise(value)


def _with_entry(engine: Engine, made: LazyFrame, known: LazyCustomers | None, span: Period) -> LazyFrame:
    """The summary with the entry of those who may have bought before the data begin, and a warning of their number."""
    found = engine.collected(made.select(start=nw.col("first_purchase").min().cast(nw.Date).cast(nw.String)))
    start = found["start"].to_list()[0]
    if start is None:
        return made
    begin = np.datetime64(start, "D")
    early = nw.col("first_purchase").cast(nw.Date) <= span.after(begin - 1).item()
    names = made.collect_schema().names()
    if known is not None and known.contacts:
        made = made.join(known.rows, on=ID, how="left")
        early &= ~(nw.col(CONTACT) >= begin.item()).fill_null(value=False)
    entry = nw.when(early.fill_null(value=False)).then(nw.lit("unknown")).otherwise(nw.lit("known"))
    made = made.with_columns(entry=entry).select(names)
    said = (nw.col("entry") == "unknown").cast(nw.Int64).sum()
    bought = (nw.col("n_transactions") > 0).cast(nw.Int64).sum()
    number = engine.collected(made.select(unknown=said, bought=bought)).rows(named=True)[0]
    warn_of_unknown(number["unknown"], of=number["bought"], start=begin, span=span)
    return made
