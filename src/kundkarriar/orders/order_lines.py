"""Reading of raw orders: columns by their meaning, and the faults of rows; no row is dropped or refused here."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from attrs import evolve, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Mask
from kundkarriar.customer_ids import ids_and_missing
from kundkarriar.dates.implausible_dates import PLACEHOLDER_LAW, implausible_dates
from kundkarriar.dates.order_dates import FIRST_YEAR, LAST_YEAR, date_hint, order_dates
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, narrow, require
from kundkarriar.orders.currency import orders_currency
from kundkarriar.orders.order_columns import OrderColumns
from kundkarriar.orders.vat import amounts_as_floats, vat_share

PURCHASE_WORDS = frozenset({"purchase", "sale", "order", "köp", "kjøp"})
RETURN_WORDS = frozenset({"return", "refund", "credit", "credit note", "retur", "återköp", "kredit"})
"""The words of a column `kind`, in any case."""


@frozen(kw_only=True, eq=False)
class Fault:
    """A law, and the rows that break it.

    Attributes:
        check: the name of the check in `kk.data_report`.
        law: what the error says.
        rows: which rows break the law, (n,).
        column: the column that the error shows.
        hint: the hint of the error.
    """

    check: str
    law: str
    rows: Mask
    column: str
    hint: str


@frozen(kw_only=True, eq=False)
class OrderLines:
    """The rows of a frame of orders, (n,) each, and their faults.

    Attributes:
        frame: the orders as given.
        columns: the meaning of its columns.
        customer_id: plain ids; arbitrary on rows without an id.
        date: local time, datetime64[us]; NaT if missing or unreadable.
        amount: net of VAT, returns negative; NaN if not a finite number.
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
        if self.columns.line_id is None:
            return answer
        at = np.flatnonzero(kept & ~self.frame[self.columns.line_id].is_null().to_numpy())
        first = self.frame[self.columns.line_id][at].is_first_distinct().to_numpy()
        answer[at[~first]] = True
        return answer

    def contradicting(self, kept: Mask) -> Mask:
        """Which repeated rows differ from the first row of their line id in customer, date or amount, (n,)."""
        answer, repeated = np.zeros(len(kept), dtype=bool), np.flatnonzero(self.repeated(kept))
        if self.columns.line_id is None or not len(repeated):
            return answer
        columns = (self.frame[self.columns.line_id], self.customer_id)
        line, customer = (pd.factorize(column.to_numpy())[0] for column in columns)
        first = np.full(line.max() + 1, len(line))
        at = np.flatnonzero(kept & (line >= 0))
        np.minimum.at(first, line[at], at)
        origin = first[line[repeated]]
        same = (customer[repeated] == customer[origin]) & (self.date[repeated] == self.date[origin])
        answer[repeated] = ~(same & (self.amount[repeated] == self.amount[origin]))
        return answer


def read_order_lines(orders: object, columns: OrderColumns, *, need: str) -> OrderLines:
    """Read `orders` and mark faulty rows.

    Raises:
        DataError: a column is missing, two columns would get the same name, or an argument that concerns all rows is
            missing or contradictory (VAT, currency, time zone, format of dates).
    """
    frame = narrow(orders, need=need)
    _check_names(frame, columns, need=need)
    ids, missing_id = ids_and_missing(frame[columns.customer_id], need=need)
    read = order_dates(frame[columns.date], date_format=columns.date_format, time_zone=columns.time_zone)
    date = read.date
    implausible = implausible_dates(date)
    gross = amounts_as_floats(frame[columns.amount])
    lines = OrderLines(
        frame=frame,
        columns=columns,
        customer_id=ids,
        date=date,
        amount=gross / (1.0 + vat_share(frame, columns, need=need)),
        returned=gross < 0,
        missing_id=missing_id,
        missing_date=np.isnat(date) & ~read.unreadable & ~read.outside,
        outlying=implausible.outlying,
        faults=(
            _date_fault(frame, columns, read.unreadable),
            *_implausible_date_faults(columns, outside=read.outside, placeholder=implausible.placeholder),
            _amount_fault(frame, columns, gross),
        ),
        currency=orders_currency(frame, columns, need=need),
    )
    return lines if columns.kind is None else _with_kind(lines, columns.kind)


def _check_names(frame: NarrowFrame, columns: OrderColumns, *, need: str) -> None:
    require(frame, columns.roles.values(), need=need)
    given = list(columns.roles.values())
    if twice := {column for column in given if given.count(column) > 1}:
        raise DataError.because(
            f"{need} was given the same column for two things: {sorted(twice)}.",
            hint="each of customer_id, date, amount, kind and line_id has a column of its own.",
        )
    taken = [role for role in columns.roles if role in frame.columns and role not in given]
    if columns.currency in frame.columns and columns.currency != "currency" and "currency" in frame.columns:
        taken.append("currency")
    if taken:
        raise DataError.because(
            f"{need} would name a column {taken[0]!r}, and the frame has another of that name.",
            hint=f"rename or drop it first, or pass {taken[0]}={taken[0]!r} if it is the one meant.",
        )


def _date_fault(frame: NarrowFrame, columns: OrderColumns, unreadable: Mask) -> Fault:
    written = "YYYY-MM-DD" if columns.date_format is None else columns.date_format
    return Fault(
        check="unreadable date",
        law=f"`{columns.date}` must be dates, or text written as {written}",
        rows=unreadable,
        column=columns.date,
        hint=date_hint(frame[columns.date], unreadable, date_format=columns.date_format),
    )


def _implausible_date_faults(columns: OrderColumns, *, outside: Mask, placeholder: Mask) -> tuple[Fault, ...]:
    """Faults of dates with impossible years and of placeholders, if there are any."""
    name = columns.date
    faults = (
        Fault(
            check="impossible year",
            law=f"`{name}` must be dates of the years {FIRST_YEAR} to {LAST_YEAR}",
            rows=outside,
            column=name,
            hint='a year of two digits is read by date_format="%d/%m/%y"; a day such as 0001-01-01 stands for no date: '
            'make it missing, and missing="drop" leaves it out.',
        ),
        Fault(
            check="placeholder date",
            law=f"`{name}` must be the days of the orders: {PLACEHOLDER_LAW}",
            rows=placeholder,
            column=name,
            hint=f'repair them, or make them missing (orders.loc[orders["{name}"] == ..., "{name}"] = None) and pass '
            'missing="drop".',
        ),
    )
    return tuple(fault for fault in faults if fault.rows.any())


def _amount_fault(frame: NarrowFrame, columns: OrderColumns, gross: Array) -> Fault:
    text = isinstance(frame[columns.amount].dtype, (nw.String, nw.Categorical, nw.Enum))
    return Fault(
        check="unreadable amount",
        law=f"`{columns.amount}` must be finite numbers" + (", found text" if text else ""),
        rows=np.isnan(gross),
        column=columns.amount,
        hint="turn text into numbers first; repair or leave out what has no amount.",
    )


def _with_kind(lines: OrderLines, column: str) -> OrderLines:
    """The lines with returns and their signs decided by the column `kind`."""
    series = lines.frame[column]
    words = {value: str(value).strip().casefold() for value in series.unique().to_list()}
    codes = {**dict.fromkeys(PURCHASE_WORDS, 0), **dict.fromkeys(RETURN_WORDS, 1)}
    meant = {value: codes.get(word, -1) for value, word in words.items()}
    kind = np.array([meant.get(value, -1) for value in series.to_list()])
    returned = kind == 1
    unknown = Fault(
        check="unknown kind",
        law=f"`{column}` must say purchase or return",
        rows=kind < 0,
        column=column,
        hint=f"purchases are {sorted(PURCHASE_WORDS)}, returns {sorted(RETURN_WORDS)}.",
    )
    negative = Fault(
        check="negative purchase",
        law=f"`{lines.columns.amount}` must not be negative where `{column}` says purchase",
        rows=(kind == 0) & (lines.amount < 0),
        column=column,
        hint='call the row a "return", or correct its amount.',
    )
    return evolve(
        lines,
        amount=np.where(returned, -np.abs(lines.amount), lines.amount),
        returned=returned,
        faults=(*lines.faults, unknown, negative),
    )
