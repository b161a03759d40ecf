"""Reading of raw orders: columns by their meaning, and the faults of rows; no row is dropped or refused here."""

from collections.abc import Iterator
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from attrs import evolve, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask
from kundkarriar.customer_ids import ids_and_missing
from kundkarriar.dates.implausible_dates import PLACEHOLDER_LAW, implausible_dates
from kundkarriar.dates.order_dates import FIRST_YEAR, LAST_YEAR, OrderDates, date_hint, order_dates
from kundkarriar.frames import NarrowFrame, narrow, nulls
from kundkarriar.history.ledger.category_words import lacks_words, words_law
from kundkarriar.history.ledger.transaction_rows import LARGEST
from kundkarriar.orders.order_columns import OrderColumns, amounts_as_floats

PURCHASE_WORDS = frozenset({"purchase", "sale", "order", "köp", "kjøp"})
RETURN_WORDS = frozenset({"return", "refund", "credit", "credit note", "retur", "återköp", "kredit"})
"""The words of a column `kind`, in any case."""


@frozen(eq=False)
class Fault:
    """The rows that break a law, (n,), with its name in `kk.data_report`, and law and hint of the error."""

    check: str
    law: str
    rows: Mask
    hint: str


@frozen(kw_only=True, eq=False)
class OrderLines:
    """The rows of a frame of orders, as given, and what is read of them, (n,) each.

    Attributes:
        customer_id: plain ids; arbitrary on rows without an id.
        date: local time, datetime64[us]; NaT if missing or unreadable.
        amount: net of VAT, returns negative; NaN if not a finite number of at most 1e100; 0 where no column was named.
        returned: which rows are returns.
        missing_id, missing_date: which rows lack an id or a date.
        outlying: which dates lie far from the rest; these rows are kept, and reported.
        faults: the broken laws with their rows; missing ids and dates are not among them.
        currency: the one currency, None if none was given.
    """

    frame: NarrowFrame
    columns: OrderColumns
    customer_id: nw.Series[Any]
    date: NDArray[np.datetime64]
    amount: Array
    returned: Mask
    missing_id: Mask
    missing_date: Mask
    outlying: Mask
    faults: tuple[Fault, ...]
    currency: str | None

    def repeated(self, kept: Mask) -> Mask:
        """Which of the rows `kept` repeat the line id of an earlier row, (n,)."""
        answer = np.zeros(len(kept), dtype=bool)
        if self.columns.line_id is not None:
            ids = with_hash(self.frame[self.columns.line_id])
            at = np.flatnonzero(kept & ~nulls(ids))
            answer[at[~ids[at].is_first_distinct().to_numpy()]] = True
        return answer

    def contradicting(self, kept: Mask) -> Mask:
        """Which repeated rows differ from the first row of their line id in customer, date or amount, (n,)."""
        answer, repeated = np.zeros(len(kept), dtype=bool), np.flatnonzero(self.repeated(kept))
        if self.columns.line_id is None or not len(repeated):
            return answer
        columns = (with_hash(self.frame[self.columns.line_id]), self.customer_id)
        line, customer = (pd.factorize(column.to_numpy())[0] for column in columns)
        first = np.full(line.max() + 1, len(line))
        at = np.flatnonzero(kept & (line >= 0))
        np.minimum.at(first, line[at], at)
        origin = first[line[repeated]]
        different = [values[repeated] != values[origin] for values in (customer, self.date, self.amount)]
        answer[repeated] = np.any(different, axis=0)
        return answer


def with_hash(column: nw.Series[Any]) -> nw.Series[Any]:
    """The column, with its values as text where some have no hash (lists, dicts): equal ones can then be found."""
    if isinstance(column.dtype, nw.Object) or column.dtype.is_nested():
        values = column.to_list()
        try:
            set(values)
        except TypeError:
            words = [None if value is None else str(value) for value in values]
            return nw.new_series(column.name, words, nw.String, backend=column.implementation)
    return column


def read_order_lines(orders: object, columns: OrderColumns, *, need: str) -> OrderLines:
    """Read `orders` and mark faulty rows; only what concerns all rows (a column, VAT, currency) raises an error."""
    frame = narrow(orders, need=need)
    columns.require_in(frame, need=need)
    ids, missing_id = ids_and_missing(frame[columns.customer_id], need=need)
    read = order_dates(frame[columns.date], date_format=columns.date_format, time_zone=columns.time_zone)
    implausible = implausible_dates(read.date)
    priced = columns.amount is not None
    gross = np.zeros(len(frame)) if columns.amount is None else amounts_as_floats(frame[columns.amount])
    lines = OrderLines(
        frame=frame,
        columns=columns,
        customer_id=ids,
        date=read.date,
        amount=np.where(np.abs(gross) > LARGEST, np.nan, gross) / (1.0 + columns.vat_in(frame, need=need))
        if priced
        else gross,
        returned=gross < 0,
        missing_id=missing_id,
        missing_date=np.isnat(read.date) & ~read.unreadable & ~read.outside,
        outlying=implausible.outlying,
        faults=(
            *_faults(frame, columns, read, placeholder=implausible.placeholder, gross=gross),
            *_unnamed(frame, columns, need=need),
        ),
        currency=columns.currency_in(frame, need=need) if priced else None,
    )
    return lines if columns.kind is None else _with_kind(lines, columns.kind)


def _faults(
    frame: NarrowFrame, columns: OrderColumns, read: OrderDates, *, placeholder: Mask, gross: Array
) -> tuple[Fault, ...]:
    """The faults of unreadable dates and amounts; of impossible years and of placeholders, if there are any."""
    name, date_format = columns.date, columns.date_format
    unreadable = Fault(
        "unreadable date",
        f"`{name}` must be dates, or text written as {date_format or 'YYYY-MM-DD'}",
        read.unreadable,
        date_hint(frame[name], read.unreadable, date_format=date_format),
    )
    impossible = Fault(
        "impossible year",
        f"`{name}` must be dates of the years {FIRST_YEAR} to {LAST_YEAR}",
        read.outside,
        'a year of two digits is read by date_format="%d/%m/%y"; a day such as 0001-01-01 stands for no date: make it '
        'missing, and missing="drop" leaves it out.',
    )
    placeholders = Fault(
        "placeholder date",
        f"`{name}` must be the days of the orders: {PLACEHOLDER_LAW}",
        placeholder,
        f'repair them, or make them missing (orders.loc[orders["{name}"] == ..., "{name}"] = None) and pass '
        'missing="drop".',
    )
    dated = unreadable, *(fault for fault in (impossible, placeholders) if fault.rows.any())
    if columns.amount is None:
        return dated
    text = isinstance(frame[columns.amount].dtype, (nw.String, nw.Categorical, nw.Enum))
    large = np.abs(gross) > LARGEST
    limit = f" of at most {LARGEST:.0e}" if large.any() else ""
    amounts = Fault(
        "unreadable amount",
        f"`{columns.amount}` must be finite numbers{limit}{', found text' if text else ''}",
        np.isnan(gross) | large,
        "turn text into numbers first; repair or leave out what has no amount.",
    )
    return *dated, amounts


def _unnamed(frame: NarrowFrame, columns: OrderColumns, *, need: str) -> Iterator[Fault]:
    """The faults of rows without a category, a channel or an order id, of the columns that were named."""
    for role, column in columns.labels.items():
        law, hint = words_law(column, role)
        yield Fault(f"missing {role}", law, lacks_words(frame[column]), hint)
    if columns.order_id is not None:
        _, missing = ids_and_missing(frame[columns.order_id], need=need)
        law = f"`{columns.order_id}` must name an order on every row"
        yield Fault("missing order id", law, missing, "give these rows an id, or leave order_id= out.")


def _with_kind(lines: OrderLines, column: str) -> OrderLines:
    """The lines with returns and their signs decided by the column `kind`."""
    words = [value if isinstance(value, str) else "" for value in lines.frame[column].to_list()]
    codes = {**dict.fromkeys(PURCHASE_WORDS, 0), **dict.fromkeys(RETURN_WORDS, 1)}
    meant = {word: codes.get(word.strip().casefold(), -1) for word in set(words)}
    kind = np.array([meant[word] for word in words])
    returned = kind == 1
    unknown = Fault(
        "unknown kind",
        f"`{column}` must say purchase or return",
        kind < 0,
        f"purchases are {sorted(PURCHASE_WORDS)}, returns {sorted(RETURN_WORDS)}.",
    )
    negative = Fault(
        "negative purchase",
        f"`{lines.columns.amount}` must not be negative where `{column}` says purchase",
        (kind == 0) & (lines.amount < 0),
        'call the row a "return", or correct its amount.',
    )
    return evolve(
        lines,
        amount=np.where(returned, -np.abs(lines.amount), lines.amount),
        returned=returned,
        faults=(*lines.faults, unknown, negative),
    )
