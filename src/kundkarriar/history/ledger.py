"""What moved when: transactions up to a date added up per customer and day, returns set against purchases."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
from attrs import frozen

from kundkarriar.errors import DataError, DataWarning
from kundkarriar.frames import narrow, numbers, require, rows_where
from kundkarriar.history.customer_codes import customer_codes
from kundkarriar.history.customer_ids import ONE_EACH, read_ids, unique_ids
from kundkarriar.history.merged_purchases import Entries
from kundkarriar.history.period import as_day
from kundkarriar.history.segmented_scan import segmented_scan
from kundkarriar.numerics.money.equal_amounts import TIE
from kundkarriar.numerics.money.exact_sums import by_window, settled
from kundkarriar.orders.currency import one_currency
from kundkarriar.orders.order_dates import FIRST_YEAR, LAST_YEAR, within_years
from kundkarriar.orders.placeholder_days import FAR
from kundkarriar.orders.stray_dates import check_dates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.frames import NarrowFrame

NEVER = np.iinfo(np.int64).min
"""A day that is not known; numpy reads it as NaT."""

TICKS = {"D": 1, "s": 24 * 60 * 60 * 1_000_000}
"""Ticks per day: purchases are merged by day, or told apart by the microsecond."""


@frozen(kw_only=True, eq=False)
class Ledger:
    """Purchases and returns of each customer up to a date.

    Sum of purchases minus sum of returns is the sum of all rows read, to rounding.

    Attributes:
        customers: the ids, in the order given (`customers=` first, then by first appearance), (n,).
        known_since: day of the first contact where given, or of the first row if that is earlier, (n,);
            `NEVER` where there is neither.
        contact: day of the first contact given, (n,); `NEVER` where there is none.
        purchases: gross spend after same-day corrections; what was taken back on its own day is not here.
        returns: what was returned on later days than it was bought, positive, per day.
        as_of: the last day read.
        ticks: ticks per day of the times of `purchases`.
    """

    customers: nw.Series[Any]
    known_since: NDArray[np.int64]
    contact: NDArray[np.int64]
    purchases: Entries
    returns: Entries
    as_of: np.datetime64
    ticks: int

    @property
    def purchase_day(self) -> NDArray[np.int64]:
        """The day of each purchase, counted from 1970-01-01, (m,)."""
        return self.purchases.time // self.ticks

    @property
    def net(self) -> NDArray[np.float64]:
        """What each customer brought, net of all returns, (n,)."""
        bought, returned = self.purchases.total(), self.returns.total()
        return settled(bought - returned, of=bought + returned)


def read_ledger(
    transactions: object,
    *,
    as_of: Any,
    customers: object = None,
    merge: str = "D",
    need: str,
    here: str = "the transactions",
    there: str = "`customers`",
    asked: str = "as_of",
    quiet: float = FAR,
) -> Ledger:
    """The ledger of standard transactions up to and including `as_of`.

    Args:
        transactions: customer_id, date, amount (negative: a return); optional kind and currency.
        as_of: the last day read.
        customers: optional, everyone known: customer_id, optional first_contact (a date).
        merge: "D": the purchases of a day are one; "s": each time stamp is a purchase.
        need: who asks, as the start of a sentence.
        here: what the one who asks calls `transactions`.
        there: what they call `customers`.
        asked: what they call `as_of`.
        quiet: days without a row before `as_of` that are not worth a warning.

    Raises:
        DataError: something is missing, not a date, not a number, or lies wholly after `as_of`; a first contact is on a
            day that systems write for none.

    Warns:
        DataWarning: `as_of` lies far beyond the data, or a first contact far from the rest.
    """
    if merge not in TICKS:
        raise DataError.because(
            f"`merge` must be one of {list(TICKS)}, got {merge!r}.",
            hint='merge="D" makes the purchases of a day one; merge="s" keeps each time stamp.',
        )
    last = as_day(as_of, name=asked)
    frame, ids = checked_transactions(transactions, need=need)
    time = times(frame, "date", ticks=TICKS[merge], need=need)
    amount = numbers(frame, "amount", need=need)
    returned = _returned(frame, amount, need=need)
    _report_end(np.datetime64(int(time.max()) // TICKS[merge], "D"), last, asked=asked, quiet=quiet, need=need)
    known, contact = _known(customers, time, ticks=TICKS[merge], need=need)
    time, amount, returned, ids = _until(last, time, amount, returned, ids, ticks=TICKS[merge], asked=asked)
    code, everyone = customer_codes(ids, known=known, need=need, here=here, there=there)
    contact = np.concatenate([contact, np.full(len(everyone) - len(contact), NEVER)])
    return settle(code, time, amount, returned, customers=everyone, contact=contact, as_of=last, ticks=TICKS[merge])


def checked_transactions(transactions: object, *, need: str) -> tuple[NarrowFrame, nw.Series[Any]]:
    """Standard transactions and their ids, plain: named columns, at least one row, an id on each, one currency."""
    frame = narrow(transactions, need=need)
    require(frame, ["customer_id", "date", "amount"], need=need)
    if not len(frame):
        raise DataError.because(
            f"{need} needs at least one transaction: the frame is empty.",
            hint="check the file or filter that the rows came through.",
        )
    ids = read_ids(
        frame,
        need=need,
        shown=("date", "amount"),
        hint='kk.transactions(orders, ..., missing="drop") leaves such rows out and counts them.',
    )
    if "currency" in frame.columns:
        one_currency(frame["currency"], need=need)
    return frame, ids


def _report_end(end: np.datetime64, last: np.datetime64, *, asked: str, quiet: float, need: str) -> None:
    """Warn where purchases up to `last` cannot be in the data."""
    if (last - end).astype(np.int64) > quiet:
        warnings.warn(
            f"{need}: the data end on {end}, `{asked}` is {last}: purchases after {end} are not in the data,"
            " and count as none.",
            DataWarning,
            stacklevel=5,
        )


class DateHints(NamedTuple):
    """What to type where a column of dates is none, lacks some, or has years outside."""

    form: str
    missing: str
    years: str

    @classmethod
    def of_column(cls, column: str) -> DateHints:
        """For a column that kk.transactions does not read: `events["date"]`."""
        return cls(
            form=f'make them dates: {column} = pd.to_datetime({column}, format="%Y-%m-%d"), in polars .str.to_date('
            '"%Y-%m-%d"); a time zone goes with .dt.tz_convert("Europe/Stockholm").dt.tz_localize(None).',
            missing="repair or leave out these rows.",
            years="repair these dates.",
        )


OF_ORDERS = DateHints(
    form="kk.transactions(orders, date=..., date_format=..., time_zone=...) reads dates strictly.",
    missing='kk.transactions(orders, ..., missing="drop") leaves such rows out and counts them.',
    years="repair these dates; kk.transactions(orders, date=..., date_format=...) reads dates strictly.",
)


def times(
    frame: NarrowFrame, column: str, *, ticks: int = 1, need: str, nullable: bool = False, hints: DateHints = OF_ORDERS
) -> NDArray[np.int64]:
    """A date column in ticks since 1970-01-01, (n,); `NEVER` where it is missing and may be.

    Raises:
        DataError: not a date column, a time zone, or a missing date.
    """
    series = frame[column]
    dtype = series.dtype
    if not (isinstance(dtype, nw.Date) or (isinstance(dtype, nw.Datetime) and dtype.time_zone is None)):
        raise DataError.because(
            f"{need} needs local dates without a time zone in `{column}`, found {dtype}.",
            hint=hints.form,
        )
    values = series.to_numpy()
    if values.dtype.kind != "M":
        values = values.astype("datetime64[D]")
    missing = np.isnat(values)
    if missing.any() and not nullable:
        raise DataError.at_rows(
            f"{need} needs a date in `{column}` on every row",
            rows_where(frame, missing, ["customer_id", column, "amount"]),
            of=len(frame),
            hint=hints.missing,
        )
    values, outside = within_years(values)
    if outside.any():
        raise DataError.at_rows(
            f"{need} needs dates of the years {FIRST_YEAR} to {LAST_YEAR} in `{column}`",
            rows_where(frame, outside, ["customer_id", column, "amount"]),
            of=len(frame),
            hint=hints.years,
        )
    return values.astype("datetime64[D]" if ticks == 1 else "datetime64[us]").astype(np.int64)


def _returned(frame: NarrowFrame, amount: NDArray[np.float64], *, need: str) -> NDArray[np.bool_]:
    """Which rows are returns: what the amount's sign says, and `kind` where there is one, (n,)."""
    negative = amount < 0
    if "kind" not in frame.columns:
        return negative
    kind = frame["kind"]
    returned = (kind == "return").fill_null(value=False).to_numpy()
    bought = (kind == "purchase").fill_null(value=False).to_numpy()
    wrong = ~(returned | bought) | (bought & negative) | (returned & (amount > 0))
    if wrong.any():
        raise DataError.at_rows(
            f'{need} needs `kind` "purchase" (amount at least 0) or "return" (amount at most 0)',
            rows_where(frame, wrong, ["customer_id", "date", "amount", "kind"]),
            of=len(frame),
            hint='kk.transactions(orders, ..., kind="...") reads the words and sets the signs.',
        )
    return returned


def _until(
    last: np.datetime64,
    time: NDArray[np.int64],
    amount: NDArray[np.float64],
    returned: NDArray[np.bool_],
    ids: nw.Series[Any],
    *,
    ticks: int,
    asked: str,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_], nw.Series[Any]]:
    """The rows up to and including the day `last`."""
    end = (int(last.astype(np.int64)) + 1) * ticks
    read = time < end
    if not read.any():
        first = np.datetime64(int(time.min()) // ticks, "D")
        raise DataError.because(
            f"`{asked}` {last} lies before all transactions: the first is of {first}.",
            hint=f'{asked}="{np.datetime64(int(time.max()) // ticks, "D")}" is the last day with data.',
        )
    if read.all():
        return time, amount, returned, ids
    return time[read], amount[read], returned[read], ids[np.flatnonzero(read)]


def _known(
    customers: object, time: NDArray[np.int64], *, ticks: int, need: str
) -> tuple[nw.Series[Any] | None, NDArray[np.int64]]:
    """The customers given and the day of their first contact, held against the `time` of all transactions."""
    if customers is None:
        return None, np.empty(0, np.int64)
    need = f"{need}: `customers`"
    frame = narrow(customers, need=need)
    ids = unique_ids(frame, need=need, hint=ONE_EACH)
    if "first_contact" not in frame.columns or frame["first_contact"].is_null().all():
        return ids, np.full(len(frame), NEVER)
    contact = times(
        frame, "first_contact", need=need, nullable=True, hints=DateHints.of_column('customers["first_contact"]')
    )
    check_dates(
        frame,
        "first_contact",
        contact,
        among=time if ticks == 1 else time // ticks,
        need=need,
        of="first contacts",
        hint="repair them, or make them missing: "
        'customers.loc[customers["first_contact"] == ..., "first_contact"] = None.',
    )
    return ids, contact


def settle(
    code: NDArray[np.int64],
    time: NDArray[np.int64],
    amount: NDArray[np.float64],
    returned: NDArray[np.bool_],
    *,
    customers: nw.Series[Any],
    contact: NDArray[np.int64],
    as_of: np.datetime64,
    ticks: int,
) -> Ledger:
    """Rows added up, and returns set against the purchases of their day."""
    n = len(customers)
    if returned.any():
        bought = ~returned
        purchases = Entries.of(code[bought], time[bought], amount[bought], customers=n)
        returns = Entries.of(code[returned], time[returned] // ticks, -amount[returned], customers=n)
    else:
        purchases = Entries.of(code, time, amount, customers=n)
        returns = Entries.of(code[:0], time[:0], amount[:0], customers=n)
    seen = np.minimum(_first_day(purchases, ticks=ticks), _first_day(returns, ticks=1))
    seen = np.minimum(seen, np.where(contact == NEVER, np.iinfo(np.int64).max, contact))
    kept, left = same_day_corrections(purchases, returns, ticks=ticks)
    return Ledger(
        customers=customers,
        known_since=np.where(seen == np.iinfo(np.int64).max, NEVER, seen),
        contact=contact,
        purchases=kept,
        returns=left,
        as_of=as_of,
        ticks=ticks,
    )


def _first_day(entries: Entries, *, ticks: int) -> NDArray[np.int64]:
    return np.where(entries.count > 0, entries.first // ticks, np.iinfo(np.int64).max)


def same_day_corrections(purchases: Entries, returns: Entries, *, ticks: int) -> tuple[Entries, Entries]:
    """Purchases less what was returned on their day, and the returns that are left.

    A day's returns take back its purchases, the latest first; a purchase taken back in full is none. On a day
    with a return, a purchase of amount zero is none either, unless the return was set against another
    purchase of that day.

    Args:
        purchases: gross spend, at times with `ticks` per day.
        returns: positive amounts per day.
        ticks: ticks per day of `purchases`.

    Returns:
        The purchases that stay and the returns that exceed the purchases of their day.
    """
    if not len(returns.time) or not len(purchases.time):
        return purchases, returns
    day = purchases.time // ticks
    first = min(int(day.min()), int(returns.time.min()))
    span = max(int(day.max()), int(returns.time.max())) - first + 1
    bought_on = purchases.code * span + (day - first)
    returned_on = returns.code * span + (returns.time - first)
    begin = np.searchsorted(bought_on, returned_on)
    end = np.searchsorted(bought_on, returned_on, side="right")
    size = end - begin
    ends = np.cumsum(size)
    owner = np.repeat(np.arange(len(size)), size)
    at = np.arange(len(owner)) + np.repeat(end - ends, size)

    bought, back = purchases.amount[at], returns.amount
    whole = by_window(purchases.amount, begin, end)
    moved = whole + back
    # a purchase, with those of the day after it, is set against the day's returns
    since = segmented_scan(np.add, bought[::-1], np.concatenate([[0], np.cumsum(size[::-1])]))[::-1]
    most = TIE * moved[owner]
    stays = settled(since - back[owner], of=moved[owner])
    reached = settled(back[owner] - (since - bought), of=moved[owner]) > most
    amount, kept = purchases.amount.copy(), np.ones(len(purchases.amount), dtype=bool)
    amount[at[reached]] = stays[reached]
    kept[at] = ~reached | (stays > most)
    left = settled(back - whole, of=moved)
    return purchases.where(kept, amount=amount), returns.where(left > TIE * moved, amount=left)
