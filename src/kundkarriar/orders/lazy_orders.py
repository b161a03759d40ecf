"""`kk.transactions` of lazy frames: expressions of the engine, and small tables of distinct dates and words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.arguments import NAME
from kundkarriar.dates.implausible_dates import PLACEHOLDERS, TWENTY_YEARS, implausible_dates
from kundkarriar.dates.order_dates import FIRST_YEAR, LAST_YEAR, order_dates
from kundkarriar.engines.eagerly import eagerly
from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import Block, LazyFrame
from kundkarriar.errors import warn
from kundkarriar.frames import new_frame
from kundkarriar.history.ledger.lazy_transactions import day_numbers, is_local_date, is_plain_id, lacks_id
from kundkarriar.history.ledger.transaction_rows import LARGEST
from kundkarriar.orders.order_columns import OrderColumns
from kundkarriar.orders.order_lines import PURCHASE_WORDS, RETURN_WORDS, read_order_lines

OWN = "kundkarriar_"
"""How the names of columns begin that stand beside those given, until they take their places."""
IDS, DATE, AMOUNT, BACK = (f"{OWN}{name}" for name in ("id", "date", "amount", "back"))
RATE, KIND, NO_ID, LOST = (f"{OWN}{name}" for name in ("rate", "wrong_kind", "no_id", "lost"))
NAMES = {"id": "customer id", "date": "date"}
MANY_DATES = 1_000_000
"""More different dates than these, as texts, are read in blocks of rows, and not first collected."""


@frozen(kw_only=True)
class LazyOrders:
    """`kk.transactions` of a lazy frame.

    Attributes:
        engine: the engine of the orders.
        eager: `kk.transactions` of orders in memory, with the same arguments.
        columns: the columns by their meaning.
        drop: whether rows without an id or a date are dropped.
        need: the caller.
    """

    engine: Engine
    eager: Callable[[Block], Block]
    columns: OrderColumns
    drop: bool
    need: str

    def of(self, frame: LazyFrame) -> Any:
        """The transactions as a lazy frame; where a row is wrong, all are collected, and the error is the eager one."""
        none = self.engine.collected(frame.head(0)).to_native()
        read_order_lines(none, self.columns, need=self.need)  # what concerns all rows: columns, VAT, types
        read = self._read(frame)
        found = None if read is None else self._legal(read)
        if read is None or found is None:
            return eagerly(self.engine, frame, self.eager)
        kept = read.filter(~nw.col(LOST)) if found["lost"] else read
        copies = self._copies(kept)
        if copies is not None and copies.differ:
            return eagerly(self.engine, frame, self.eager)
        self._tell(found, copies)
        if copies is not None and copies.number:
            kept = copies.once(kept)
        return self._named(kept, frame.collect_schema().names()).to_native()

    def _read(self, frame: LazyFrame) -> LazyFrame | None:
        """The orders with columns of plain ids, local times, net amounts and returns; None if not by expressions."""
        schema, columns = frame.collect_schema(), self.columns
        plain = _plain_ids(columns.customer_id, schema[columns.customer_id])
        if plain is None or not self._is_typed(schema):
            return None
        floats = {} if columns.amount is None else {AMOUNT: columns.amount}
        if self._rates is not None:
            floats[RATE] = self._rates
        read = frame.with_columns(
            plain.alias(IDS), *(nw.col(of).cast(nw.Float64).alias(to) for to, of in floats.items())
        )
        dated = self._dated(read)
        if dated is None:
            return None
        dated = dated.with_columns(lacks_id(dated.collect_schema()[IDS], IDS).alias(NO_ID))
        return self._signed(dated.with_columns((nw.col(NO_ID) | nw.col(DATE).is_null()).alias(LOST)))

    @property
    def _rates(self) -> str | None:
        """The column of VAT rates."""
        rate = self.columns.vat_rate
        return rate if self.columns.vat == "included" and isinstance(rate, str) else None

    def _is_typed(self, schema: Any) -> bool:
        """Whether the columns have types that take no look at single values."""
        columns = self.columns
        numbers = (schema[name] for name in (columns.amount, self._rates) if name is not None)
        texts = (schema[name] for name in (columns.kind, columns.currency, *columns.labels.values()) if name in schema)
        return (
            all(dtype.is_numeric() and not isinstance(dtype, nw.Int128 | nw.UInt128) for dtype in numbers)
            and all(isinstance(dtype, nw.String) for dtype in texts)
            and all(is_plain_id(schema[name]) for name in (columns.line_id, columns.order_id) if name is not None)
            and not (columns.amount is None and "kind" in schema)
        )

    def _dated(self, frame: LazyFrame) -> LazyFrame | None:
        """The orders with a column of local times."""
        name = self.columns.date
        dtype = frame.collect_schema()[name]
        if is_local_date(dtype):
            return self.engine.with_times(frame, {DATE: name})
        if isinstance(dtype, nw.Datetime):
            return self.engine.mapped(frame, partial(_with_dates, column=name, time_zone=self.columns.time_zone))
        if not (isinstance(dtype, nw.String) or dtype.is_numeric()):
            return None
        distinct = frame.select(nw.col(name)).group_by(name).agg(nw.len().alias(OWN))
        if self.engine.collected(distinct.select(nw.len()))["len"].to_list()[0] > MANY_DATES:
            return None
        texts = self.engine.collected(distinct)
        read = order_dates(texts[name], date_format=self.columns.date_format, time_zone=self.columns.time_zone)
        if read.unreadable.any() or read.outside.any():
            return None
        known = np.flatnonzero(~texts[name].is_null().to_numpy())
        table = new_frame({name: texts[name][known.tolist()], DATE: read.date[known]}, like=texts.to_native())
        return frame.join(self.engine.uploaded(table, beside=frame), on=name, how="left")

    def _signed(self, frame: LazyFrame) -> LazyFrame:
        """The orders with net amounts, negative where something was returned, and whether it was."""
        columns = self.columns
        if columns.amount is None:
            return frame.with_columns(nw.lit(0.0).alias(AMOUNT), nw.lit(value=False).alias(BACK))
        amount = nw.col(AMOUNT)
        if columns.vat == "included":
            own = nw.lit(float(columns.vat_rate or 0.0)) if self._rates is None else nw.col(RATE)
            amount = amount / (1.0 + own)
        frame = frame.with_columns(amount.alias(AMOUNT))
        returned = nw.col(AMOUNT) < 0
        if columns.kind is not None:
            kind = nw.col(columns.kind)
            distinct = frame.select(kind).group_by(columns.kind).agg(nw.len().alias(OWN))
            words = [word for word in self.engine.collected(distinct)[columns.kind].to_list() if word is not None]
            back, bought = (
                kind.is_in([word for word in words if word.strip().casefold() in meaning] or [""])
                for meaning in (RETURN_WORDS, PURCHASE_WORDS)
            )
            wrong = ~(back | bought) | (bought & (nw.col(AMOUNT) < 0))
            frame = frame.with_columns(wrong.fill_null(value=True).alias(KIND))
            returned = back
        frame = frame.with_columns(returned.fill_null(value=False).alias(BACK))
        net = nw.when(nw.col(BACK)).then(-nw.col(AMOUNT).abs()).otherwise(nw.col(AMOUNT))
        return frame.with_columns(net.alias(AMOUNT))

    def _legal(self, read: LazyFrame) -> dict[str, Any] | None:
        """The numbers of rows that are to be told; None where a row breaks a law."""
        schema, columns = read.collect_schema(), self.columns
        kept = ~nw.col(LOST)
        broken = {}
        if columns.amount is not None:
            gross = nw.col(columns.amount).cast(nw.Float64).abs()
            broken["amount"] = kept & ~(gross <= LARGEST).fill_null(value=False)  # neither is NaN
        if RATE in schema:
            broken["rate"] = ~((nw.col(RATE) >= 0) & (nw.col(RATE) < 1)).fill_null(value=False)
        if KIND in schema:
            broken["kind"] = kept & nw.col(KIND)
        for name in (*columns.labels.values(), *([] if columns.order_id is None else [columns.order_id])):
            broken[name] = kept & lacks_id(schema[name], name)
        if schema[columns.customer_id].is_float():
            given = nw.col(columns.customer_id)
            bits = 24 if isinstance(schema[columns.customer_id], nw.Float32) else 53
            whole = (given == given.floor()) & (given.abs() < 2.0**bits)
            broken["id"] = ~(whole | given.is_nan() | given.is_null())
        if isinstance(schema[columns.date], nw.Datetime):  # zoned times outside the years are missing once read
            broken["outside"] = nw.col(DATE).is_null() & ~nw.col(columns.date).is_null()
        no_id, date = nw.col(NO_ID), nw.col(DATE)
        amount = nw.when((nw.col(AMOUNT).abs() <= LARGEST).fill_null(value=False)).then(nw.col(AMOUNT)).otherwise(0.0)
        asked = {f"{name} broken": rows.cast(nw.Int64).sum() for name, rows in broken.items()} | {
            "rows": nw.len(),
            "lost": nw.col(LOST).cast(nw.Int64).sum(),
            "no id": no_id.cast(nw.Int64).sum(),
            "amount of no id": nw.when(no_id).then(amount).otherwise(0.0).sum(),
            "amount of no date": nw.when(nw.col(LOST) & ~no_id).then(amount).otherwise(0.0).sum(),
            "low": date.min().dt.year(),
            "high": date.max().dt.year(),
        }
        currency = str(columns.currency) if columns.currency in schema else "currency"
        if columns.amount is not None and currency in schema:
            code = nw.col(currency)
            asked |= {"least code": code.min(), "last code": code.max(), "codes": code.count()}
        found: dict[str, Any] = self.engine.collected(read.select(**asked)).rows(named=True)[0]
        legal = (
            not any(found[f"{name} broken"] for name in broken)
            and (found["lost"] or 0) < found["rows"]
            and (self.drop or not found["lost"])
            and None not in (found["low"], found["high"])  # of DuckDB's infinity
            and found["low"] >= FIRST_YEAR
            and found["high"] <= LAST_YEAR
            and ("codes" not in found or self._is_one_currency(found, schema))
            and self._are_plausible(read)
        )
        return found if legal else None

    def _is_one_currency(self, found: dict[str, Any], schema: Any) -> bool:
        given, code = self.columns.currency, found["least code"]
        one = found["codes"] == found["rows"] and code == found["last code"] and NAME.holds(code)
        return bool(one and (given in schema or given == code))

    def _are_plausible(self, read: LazyFrame) -> bool:
        """Whether no date is a placeholder, or far from the rest; the distinct days are collected."""
        days = read.filter(~nw.col(DATE).is_null()).select(day=nw.col(DATE).cast(nw.Date))
        counted = days.group_by("day").agg(nw.len().alias("number"))
        table = self.engine.collected(counted.select(day_numbers(nw.col("day")), "number"))
        day, number = (table[name].to_numpy().astype(np.int64) for name in ("day", "number"))
        listed = np.isin(day.astype("datetime64[D]"), np.array(PLACEHOLDERS, dtype="datetime64[D]"))
        if not listed.any() and day.max() - day.min() <= TWENTY_YEARS:
            return True
        odd = implausible_dates(np.repeat(day, number).astype("datetime64[D]"))
        return not (odd.placeholder.any() or odd.outlying.any())

    def _copies(self, kept: LazyFrame) -> Copies | None:
        """The lines with several rows; None without line ids."""
        line = self.columns.line_id
        if line is None:
            return None
        read = {"ids": nw.col(IDS), "date": nw.col(DATE), "amount": nw.col(AMOUNT)}
        ends = {f"{name} {end}": getattr(each, end)() for name, each in read.items() for end in ("min", "max")}
        lines = kept.filter(~nw.col(line).is_null()).group_by(line).agg(nw.len().alias("number"), **ends)
        lines = lines.filter(nw.col("number") > 1)
        wrong = nw.any_horizontal(*(nw.col(f"{name} min") != nw.col(f"{name} max") for name in read), ignore_nulls=True)
        more = nw.col("number").cast(nw.Int64) - 1
        asked = {
            "differ": wrong.cast(nw.Int64).sum(),
            "number": more.sum(),
            "worth": (more.cast(nw.Float64) * nw.col("amount min")).sum(),
        }
        found = self.engine.collected(lines.select(**asked)).rows(named=True)[0]
        return Copies(line_id=line, lines=lines.select(line), **{name: found[name] or 0 for name in asked})

    def _tell(self, found: dict[str, Any], copies: Copies | None) -> None:
        """Warn of the rows that are dropped."""
        rows = found["rows"]
        if found["lost"]:
            without = {"id": found["no id"], "date": found["lost"] - found["no id"]}
            said = ", ".join(
                f"{number:,} without a {NAMES[what]}{self._worth(found[f'amount of no {what}'])}"
                for what, number in without.items()
                if number
            )
            warn(f"{self.need} dropped {found['lost']:,} of {rows:,} rows: {said}.")
        if copies is not None and copies.number:
            warn(
                f"{self.need} dropped {copies.number:,} of {rows:,} rows: their `{copies.line_id}` came before"
                f"{self._worth(copies.worth)}."
            )

    def _worth(self, amount: float) -> str:
        return "" if self.columns.amount is None else f" (amount {amount:,.2f})"

    def _named(self, kept: LazyFrame, names: list[str]) -> LazyFrame:
        """The kept rows with standard names, all other columns as they are."""
        columns = self.columns
        word = nw.when(nw.col(BACK)).then(nw.lit("return")).otherwise(nw.lit("purchase"))
        made = {"customer_id": nw.col(IDS), "date": nw.col(DATE)}
        if columns.amount is not None:
            made["amount"] = nw.col(AMOUNT)
        if columns.kind is not None or columns.amount is None:
            made["kind"] = word
        roles = {given: role for role, given in columns.roles.items()}
        if columns.currency in names:
            roles[str(columns.currency)] = "currency"
        standard = {roles.get(name, name): nw.col(name) for name in names} | made
        if columns.amount is not None and "currency" not in standard:
            standard["currency"] = nw.lit(columns.currency)
        return kept.select(**standard)


@frozen(kw_only=True)
class Copies:
    """Lines with several rows: their ids, whether rows of one differ, how many are repeated, and their amount."""

    line_id: str
    lines: LazyFrame
    differ: int
    number: int
    worth: float

    def once(self, rows: LazyFrame) -> LazyFrame:
        """The rows with one of each of these lines."""
        single = rows.join(self.lines, on=self.line_id, how="anti")
        several = rows.join(self.lines, on=self.line_id, how="semi").unique(subset=[self.line_id], keep="any")
        return nw.concat([single, several.select(single.collect_schema().names())], how="vertical")


def _with_dates(rows: Block, *, column: str, time_zone: str | None) -> Block:
    """Rows with a zone's times also as local times; times outside the years 100 to 9999 are missing."""
    block = nw.from_native(rows, eager_only=True)
    read = order_dates(block[column], date_format=None, time_zone=time_zone)
    local = nw.from_native(new_frame({DATE: read.date}, like=rows), eager_only=True)
    return block.with_columns(local[DATE]).to_native()


def _plain_ids(column: str, dtype: nw.dtypes.DType) -> nw.Expr | None:
    """The plain ids of a column, whose fractions are refused elsewhere; None of a type that takes a look at values."""
    ids = nw.col(column)
    if isinstance(dtype, nw.Categorical | nw.Enum):
        return ids.cast(nw.String)
    if dtype.is_float():
        return nw.when(ids.abs() < 2.0**53).then(ids).cast(nw.Int64)
    return ids if is_plain_id(dtype) else None
