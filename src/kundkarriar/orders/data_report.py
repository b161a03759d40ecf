"""The data report: every row of a frame of orders accounted for, and a list of findings."""

from functools import partial

import numpy as np
from attrs import asdict, evolve

from kundkarriar.arguments import COLUMN
from kundkarriar.arrays import Mask, Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.engines.eagerly import eagerly
from kundkarriar.engines.engine import engine_of
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame
from kundkarriar.history.ledger.ledger import Ledger
from kundkarriar.history.ledger.ledger_rows import LedgerRows
from kundkarriar.history.ledger.transaction_rows import without_amounts
from kundkarriar.history.sorted_entries import keys
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.orders.odd_customers import Finding, odd_customers
from kundkarriar.orders.order_columns import OrderColumns
from kundkarriar.orders.order_lines import OrderLines, read_order_lines
from kundkarriar.orders.repeated_rows import repeated_rows
from kundkarriar.orders.unmatched_returns import unmatched_returns
from kundkarriar.season.season import estimate_season

NEED = "kk.data_report"
NO_CURRENCY = "XXX"
"""The code of ISO 4217 for no currency, as in the frames of `kk.datasets`."""
STANDARD = OrderColumns("customer_id", "date", "amount")
"""The columns without arguments: the frame was made by `kk.transactions`."""
ABOUT_MONEY = ("returns matched", "returns unmatched", "zero amounts", "largest id by amount")
"""The checks that purchases without amounts have no answer to."""


def data_report(
    orders: FrameT,
    *,
    customer_id: str = "customer_id",
    date: str = "date",
    amount: str | None = "amount",
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
) -> FrameT:
    """Report the rows that `kk.transactions` would keep, drop and refuse, and what is conspicuous in the kept ones.

    Faulty rows are counted instead of raising an error. Arguments that concern all rows (a missing column, VAT,
    currency, time zone, numbers for dates) raise the errors of `kk.transactions`.

    All columns of lazy orders (polars, DuckDB, Spark) are collected, because equal rows are searched in all of them;
    select the columns that matter first. The report is a lazy frame of the same library.

    Takes raw orders with the arguments of `kk.transactions`; or standard transactions, without further arguments.

    Returns:
        One row per check: check; rows (int); amount (net of VAT, returns negative); message. Amounts that are not
        numbers count as 0. Where `amount` is None, or there is no column "amount", the orders have no amounts: there
        is no column `amount` and no check about money, and a first row says so.

    >>> import kundkarriar as kk
    >>> report = data_report(kk.datasets.load_cdnow(sample=True)).set_index("check")
    >>> report.loc[["rows in", "exact duplicates", "zero amounts", "customers"], "rows"].tolist()
    [6919, 21, 8, 2357]
    """
    columns = OrderColumns(
        customer_id, date, amount, kind, line_id, vat, vat_rate, currency, date_format, time_zone,
        category, channel, order_id,
    )  # fmt: skip
    if (lazy := engine_of(orders)) is not None:
        report: FrameT = eagerly(*lazy, partial(data_report, **asdict(columns, recurse=False)))
        return report
    frame = narrow(orders, need=NEED)
    if COLUMN.holds(amount) and amount == STANDARD.amount and amount not in frame.columns:
        columns = evolve(columns, amount=None)
    if columns == STANDARD:
        given = {name: name for name in ("kind", "line_id", "currency") if name in frame.columns}
        columns = evolve(STANDARD, vat="excluded", **{"currency": NO_CURRENCY, **given})
    elif without_amounts(frame) and columns == evolve(STANDARD, amount=None):
        orders = frame.drop("kind").to_native()
        columns = evolve(columns, line_id="line_id" if "line_id" in frame.columns else None)
    lines = read_order_lines(orders, columns, need=NEED)
    not_kept = _not_kept(lines)
    everything = np.ones(len(lines.amount), dtype=bool)
    kept = everything & ~np.any([rows for rows, _ in not_kept.values()], axis=0)
    findings: list[Finding] = [_finding("rows in", lines, everything, "rows given")]
    findings += [_finding(check, lines, *reason) for check, reason in not_kept.items()]
    findings += [_finding("rows kept", lines, kept, "rows that become transactions")]
    findings += _findings_of_kept(lines, kept)
    if columns.amount is None:
        without = ("no amounts", len(kept), 0.0, "purchases are counted, not valued: amount= names a column of amounts")
        findings = [without, *(each for each in findings if each[0] not in ABOUT_MONEY)]
    names = ("check", "rows", "amount", "message")
    told = dict(zip(names, map(list, zip(*findings, strict=True)), strict=True))
    if columns.amount is None:
        del told["amount"]
    return new_frame(told, like=orders)


def _not_kept(lines: OrderLines) -> dict[str, tuple[Mask, str]]:
    """Rows that are not kept and a message, by reason; each row counts once, under the first reason that applies."""
    reasons = {
        "missing id": (lines.missing_id, 'dropped with missing="drop": no customer id'),
        "missing date": (lines.missing_date, 'dropped with missing="drop": no date'),
    }
    reasons |= {fault.check: (fault.rows, f"refused: {fault.law}; {fault.hint}") for fault in lines.faults}
    left = np.ones(len(lines.amount), dtype=bool)
    for check, (rows, message) in reasons.items():
        reasons[check] = rows & left, message
        left = left & ~rows
    return reasons | {"repeated line": (lines.repeated(left), "dropped: the line id came before")}


def _finding(check: str, lines: OrderLines, rows: Mask, message: str) -> Finding:
    return check, int(rows.sum()), total(np.nan_to_num(lines.amount[rows])), message


def _findings_of_kept(lines: OrderLines, kept: Mask) -> list[Finding]:
    """Findings about the kept rows."""
    at = np.flatnonzero(kept)
    if not len(at):
        return [("ledger total", 0, 0.0, "nothing was kept")]
    code, customers = customer_codes(lines.customer_id[at])
    rows = LedgerRows(
        customers=customers,
        given=0,
        contact=np.full(len(customers), NEVER),
        code=code,
        time=lines.date[at].astype("datetime64[D]").astype(np.int64),
        amount=lines.amount[at],
        returned=lines.returned[at],
        ticks=1,
    )
    ledger = Ledger.of(rows, as_of=np.datetime64(int(rows.time.max()), "D"))
    outlying = []
    if (far := lines.outlying & kept).any():
        message = "kept: more than 20 years from the rest, and further than all of that is long; typing errors?"
        outlying.append(_finding("dates far from the rest", lines, far, message))
    return [
        *_returns_and_purchases(ledger, rows),
        _duplicates(lines, at),
        ("customers", len(customers), total(rows.amount), "different ids; the column `rows` counts them"),
        *_customers_and_ends(ledger, rows),
        *outlying,
        _season(ledger),
        *odd_customers(ledger, code, rows.amount),
        _total(lines, kept, ledger),
    ]


def _returns_and_purchases(ledger: Ledger, rows: LedgerRows) -> list[Finding]:
    """Returns by whether they match earlier purchases; rows merged into purchase days, reversed days, zero amounts."""
    row, returned, bought = keys(code=rows.code, day=rows.time), rows.returned, ~rows.returned
    left = unmatched_returns(ledger)
    late = keys(code=ledger.returns.code, day=ledger.returns.time)[left > 0]
    exceed, unmatched = int(np.isin(row[returned], late).sum()), -total(left)
    matched = total(np.array([total(rows.amount[returned]), -unmatched]))
    order = np.lexsort((-rows.amount[bought], row[bought]))  # of a day the largest first, for any order of the rows
    days, first = np.unique(row[bought][order], return_index=True)
    merged = np.delete(rows.amount[bought][order], first)
    reversed_days = len(days) - len(ledger.purchases.time)
    zero = int((bought & (rows.amount == 0)).sum())
    set_against = "set against purchases of the same or an earlier day; never counted as purchases"
    exceeding = "on days when returns exceed all purchases before them; the amount lowers the customer's value"
    added = f"rows added to the largest of the same customer and day: {len(days):,} purchase days"
    return [
        ("returns matched", int(returned.sum()) - exceed, matched, set_against),
        ("returns unmatched", exceed, unmatched, exceeding),
        ("purchase days merged", len(merged), total(merged), added),
        ("purchase days reversed", reversed_days, 0.0, "taken back on their own day: no purchases (counts days)"),
        ("zero amounts", zero, 0.0, "kept: a purchase of 0 is a purchase day"),
    ]


def _duplicates(lines: OrderLines, at: Whole) -> Finding:
    """Rows equal to an earlier row in every column."""
    repeated = lines.amount[at][repeated_rows(lines.frame[at])]
    message = "kept: the same as an earlier row in every column; line_id= tells copies from purchases"
    return "exact duplicates", len(repeated), total(repeated), message


def _customers_and_ends(ledger: Ledger, rows: LedgerRows) -> list[Finding]:
    """Customers without a purchase, and the first and the last day with data."""
    none = ledger.purchases.count == 0
    message = "only returns, or all taken back at once: they stay, as prospects (counts customers)"
    findings = [("customers without a purchase", int(none.sum()), total(ledger.net[none]), message)]
    for check, end in (("first date", rows.time.min()), ("last date", rows.time.max())):
        on = rows.time == end
        findings.append((check, int(on.sum()), total(rows.amount[on]), str(np.datetime64(int(end), "D"))))
    return findings


def _season(ledger: Ledger) -> Finding:
    """The estimated season, or why it cannot be estimated."""
    try:
        season = estimate_season(ledger, closed=np.zeros(12, dtype=bool))
    except DataError:
        message = (
            "cannot be told from a trend: that takes two years and customers with three purchase days; one known"
            " from elsewhere can be given: kk.Season(index=(...)) (counts purchase days)"
        )
        return "season", len(ledger.purchases.time), 0.0, message
    message = "none shows: months differ by no more than chance"
    if season.shows:
        message = (
            f"customers buy at {season.range} of the year's mean rate: kk.Season.estimate(transactions), for"
            " kk.summarize and kk.ValueScorer"
        )
    return "season", int(sum(season.purchases)), 0.0, f"{message} (counts purchase days between a first and a last one)"


def _total(lines: OrderLines, kept: Mask, ledger: Ledger) -> Finding:
    """Whether the rows and amounts kept and not kept add up to those given."""
    given, not_kept = total(np.nan_to_num(lines.amount)), total(np.nan_to_num(lines.amount[~kept]))
    net = total(ledger.net)
    tied = np.isclose(net, given - not_kept, rtol=1e-9, atol=1e-6)
    if lines.columns.amount is None:
        message = f"{len(kept):,} rows in = {kept.sum():,} kept + {(~kept).sum():,} not kept; they have no amounts"
        return "ledger total", int(kept.sum()), 0.0, message
    message = (
        f"{'ties out' if tied else 'DOES NOT TIE OUT'}: {len(kept):,} rows in = {kept.sum():,} kept"
        f" + {(~kept).sum():,} not kept; {given:,.2f} = {net:,.2f} + {not_kept:,.2f}"
    )
    return "ledger total", int(kept.sum()), net, message
