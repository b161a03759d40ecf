"""Raw orders converted into standard transactions, with checks on every row."""

from functools import partial
from typing import Any

import numpy as np
from attrs import asdict

from kundkarriar.arguments import Text
from kundkarriar.arrays import Mask
from kundkarriar.dates.implausible_dates import warn_of_outlying
from kundkarriar.engines.engine import engine_of
from kundkarriar.errors import DataError, warn
from kundkarriar.frames import FrameT, add_columns, narrow, refuse_rows, text_column
from kundkarriar.orders.lazy_orders import LazyOrders
from kundkarriar.orders.order_columns import OrderColumns
from kundkarriar.orders.order_lines import OrderLines, read_order_lines

NEED = "kk.transactions"
MISSING = Text(among=("refuse", "drop"))
MEANINGS = {"customer_id": "ids of the customers", "date": "dates of the purchases"}
DROP_HINT = 'missing="drop" leaves out rows without an id or a date, and counts them.'
DROP_ROWS = 'missing="drop" leaves such rows out and counts them.'


def transactions(
    orders: FrameT,
    *,
    customer_id: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    kind: str | None = None,
    line_id: str | None = None,
    vat: str | None = None,
    vat_rate: float | str | None = None,
    currency: str | None = None,
    date_format: str | None = None,
    time_zone: str | None = None,
    category: str | None = None,
    channel: str | None = None,
    order_id: str | None = None,
    missing: str = "refuse",
) -> FrameT:
    """Convert raw orders into standard transactions, and check every row.

    Lazy orders (polars, DuckDB, Spark) give lazy transactions of the same library, in no order of rows. Queries of
    aggregates check them. Collected are the distinct days; of texts also the distinct dates (up to a million) and the
    distinct words of `kind`. Dates with a time zone are read in blocks of rows. Of repeated lines, which are copies,
    any one is kept. Where a row is wrong, dates lie far from the rest, or a column takes a look at single values (ids
    or amounts as objects), all rows are collected, and the error or warning is that of rows in memory.

    Args:
        orders: one row per order or order line.
        customer_id: the column of ids: text or whole numbers, also stored as objects, categories or whole floats (which
            are converted). Blank text is a missing id. Required.
        date: the column of dates. Required: dates, datetimes, or text as YYYY-MM-DD with or without a time.
        amount: the column of amounts; negative ones are returns. None: the purchases have no amounts, and are counted,
            not valued; every row is a purchase, and kind, vat, vat_rate and currency are refused.
        kind: the column that marks rows as purchases ("purchase", "sale", "order") or returns ("return", "refund",
            "credit"); positive amounts of returns become negative.
        line_id: the column of line ids. Repeated lines with the same id are dropped with a warning, and refused if they
            differ. Without it, equal rows are kept, and `kk.data_report` counts them.
        vat: "excluded" or "included". Required with amounts.
        vat_rate: the rate to take out if VAT is included: 0.25, or the name of a column of rates.
        currency: a code such as "SEK", or the name of a column with one currency. Required with amounts.
        date_format: the format of dates given as text or numbers: "%d/%m/%Y", "%Y%m%d". Not needed for date columns.
        time_zone: the local time zone, for dates with a time zone: "Europe/Stockholm".
        category: the column of products by category, in text. The rows of a day stay rows of their own: `kk.profile`,
            `kk.next_category` and `kk.summarize(mix=True)` read them, and a margin by category needs them.
        channel: the column of channels of sale, in text; `kk.profile(of="channel")` reads it.
        order_id: the column of order ids, text or whole numbers. With it, the breadth of `kk.profile` is one of orders,
            not of days.
        missing: "refuse" rows without an id or a date, or "drop" them with a warning.

    Returns:
        The rows in their order (a pandas index is kept) with customer_id, date (local), amount (net of VAT, returns
        negative), kind ("purchase" or "return") if given, line_id, category, channel and order_id if given, currency.
        Other columns are kept. Without
        amounts: customer_id, date, kind ("purchase" on each row) and line_id if given.

    Raises:
        DataError: an argument is missing or contradictory, or rows are faulty; the message shows the rows and a hint.

    Warns:
        DataWarning: rows were dropped (their number and amount), or dates lie far from the rest.

    >>> import pandas as pd
    >>> orders = pd.DataFrame({"KundID": [7, 7], "Datum": ["31/01/2026", "02/02/2026"], "Brutto": [125.0, -125.0]})
    >>> transactions(orders, customer_id="KundID", date="Datum", amount="Brutto", vat="included", vat_rate=0.25,
    ...              currency="SEK", date_format="%d/%m/%Y")
       customer_id       date  amount currency
    0            7 2026-01-31   100.0      SEK
    1            7 2026-02-02  -100.0      SEK
    """
    lazy = engine_of(orders)
    if customer_id is None or date is None:
        none = orders if lazy is None else lazy[0].collected(lazy[1].head(0)).to_native()
        raise _not_told(none, "customer_id" if customer_id is None else "date")
    drop = MISSING.read(missing, "missing", hint=DROP_HINT) == "drop"
    columns = OrderColumns(
        customer_id, date, amount, kind, line_id, vat, vat_rate, currency, date_format, time_zone,
        category, channel, order_id,
    )  # fmt: skip
    if lazy is not None:
        eager = partial(transactions, missing=missing, **asdict(columns, recurse=False))
        found: FrameT = LazyOrders(engine=lazy[0], eager=eager, columns=columns, drop=drop, need=NEED).of(lazy[1])
        return found
    lines = read_order_lines(orders, columns, need=NEED)
    if not len(lines.amount):
        raise DataError.because(
            f"{NEED} needs at least one row: the frame is empty.",
            hint="check the file or the filter that the orders came through; a firm with leads alone gives the empty "
            "frame to fit as it is, with customer_id, date and amount.",
        )
    kept = ~(lines.missing_id | lines.missing_date) if drop else np.ones(len(lines.amount), dtype=bool)
    refuse = partial(refuse_rows, lines.frame, shown=columns.roles.values())
    refuse(kept & lines.missing_id, f"`{customer_id}` must name a customer on every row", hint=DROP_ROWS)
    refuse(kept & lines.missing_date, f"`{date}` must have a date on every row", hint=DROP_ROWS)
    for fault in lines.faults:
        refuse(kept & fault.rows, fault.law, hint=fault.hint)
    if not kept.any():
        raise DataError.because(
            f"{NEED} has nothing left: all {len(kept):,} rows lack an id or a date.",
            hint="check that customer_id= and date= name the right columns.",
        )
    refuse(
        lines.contradicting(kept),
        f"rows of one `{line_id}` must be copies: the same customer, date and amount",
        hint="line_id= takes the id of a line, not of an order or a line's number within one; leave it out to keep all"
        " rows.",
    )
    repeated = lines.repeated(kept)
    if not kept.all():
        parts = {"a customer id": lines.missing_id, "a date": lines.missing_date & ~lines.missing_id}
        said = ", ".join(
            f"{rows.sum():,} without {what}{_of_amount(lines, rows)}" for what, rows in parts.items() if rows.any()
        )
        warn(f"{NEED} dropped {np.sum(~kept):,} of {len(kept):,} rows: {said}.")
    if repeated.any():
        warn(
            f"{NEED} dropped {repeated.sum():,} of {len(repeated):,} rows: their `{line_id}` came before"
            f"{_of_amount(lines, repeated)}."
        )
    kept &= ~repeated
    warn_of_outlying(lines.frame, date, lines.outlying & kept, need=NEED, shown=columns.roles.values())
    answer: FrameT = _named(lines, kept=kept)
    return answer


def _not_told(orders: object, role: str) -> DataError:
    """The error of a required column that was not named."""
    have = list(narrow(orders, need=NEED).columns)
    return DataError.because(
        f"{NEED} was not told which column holds the {MEANINGS[role]}: `{role}` is required.",
        hint=f'write {role}="..." with one of the columns {have}.',
    )


def _of_amount(lines: OrderLines, rows: Mask) -> str:
    """The amount of some rows, in brackets; nothing where they have none."""
    return "" if lines.columns.amount is None else f" (amount {np.nansum(lines.amount[rows]):,.2f})"


def _named(lines: OrderLines, *, kept: Mask) -> Any:
    """The kept rows with standard names, in a frame of the same kind as the orders."""
    at = np.flatnonzero(kept)
    columns = lines.columns
    new_names = {given: role for role, given in columns.roles.items()}
    if columns.currency is not None and columns.currency in lines.frame.columns:
        new_names[columns.currency] = "currency"
    frame: Any = lines.frame.rename(new_names)[at].to_native()
    made: dict[str, Any] = {"customer_id": lines.customer_id[at], "date": lines.date[at]}
    priced = columns.amount is not None
    if priced:
        made["amount"] = lines.amount[at]
    if columns.kind is not None or not priced:
        made["kind"] = text_column(["purchase", "return"], lines.returned[at].astype(np.int64), like=frame)
    if priced and columns.currency not in lines.frame.columns and "currency" not in lines.frame.columns:
        made["currency"] = text_column([lines.currency], np.zeros(len(at), np.int64), like=frame)
    return add_columns(frame, made)
