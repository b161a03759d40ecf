"""The ledger: each customer's purchases and returns up to a date, merged by day, read from standard transactions."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.dates.dates_as_integers import NEVER, TICKS, DateHints, date_ticks
from kundkarriar.dates.implausible_dates import check_dates
from kundkarriar.dates.outlying_days import TWENTY_YEARS
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError, DataWarning
from kundkarriar.frames import narrow, numbers
from kundkarriar.history.ledger.merge_same_day import MergedAmounts
from kundkarriar.history.ledger.same_day_returns import offset_same_day_returns
from kundkarriar.history.ledger.transaction_rows import checked_transactions, returned_rows
from kundkarriar.numerics.money.exact_sums import nearest_decimal

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from numpy.typing import NDArray


@frozen(kw_only=True, eq=False)
class Ledger:
    """Purchases and returns of each customer up to a date, merged by day.

    The sum of purchases minus the sum of returns equals the sum of all rows read, to rounding.

    Attributes:
        customers: the ids, `customers=` first, then by first appearance, (n,).
        known_since: day of the first contact or of the first row, whichever is earlier, (n,); `NEVER` without either.
        contact: day of the first contact as given, (n,); `NEVER` if none is given.
        purchases: spend per purchase day, net of returns on the same day; fully returned purchases are left out.
        returns: positive amounts per day, beyond the purchases of that day.
        as_of: the last day read.
        ticks: ticks per day of the times of `purchases`.
    """

    customers: nw.Series[Any]
    known_since: NDArray[np.int64]
    contact: NDArray[np.int64]
    purchases: MergedAmounts
    returns: MergedAmounts
    as_of: np.datetime64
    ticks: int

    @property
    def purchase_day(self) -> NDArray[np.int64]:
        """Day of each purchase since 1970-01-01, (m,)."""
        return self.purchases.time // self.ticks

    @property
    def net(self) -> NDArray[np.float64]:
        """Spend of each customer net of all returns, (n,)."""
        bought, returned = self.purchases.total(), self.returns.total()
        return nearest_decimal(bought - returned, of=bought + returned)


def read_ledger(
    transactions: object,
    *,
    as_of: Any,
    customers: object = None,
    merge: str = "D",
    need: str,
    transactions_name: str = "the transactions",
    customers_name: str = "`customers`",
    as_of_name: str = "as_of",
    max_gap_days: float = TWENTY_YEARS,
) -> Ledger:
    """Read the ledger of standard transactions up to and including `as_of`.

    Args:
        transactions: customer_id, date, amount (negative: a return); optional kind and currency.
        as_of: the last day read.
        customers: optional, all known customers: customer_id, optional first_contact (a date).
        merge: "D" merges the purchases of a day into one; "s" keeps each time stamp as a purchase.
        need: the caller's name, which starts the messages.
        transactions_name: how messages call the frame `transactions`.
        customers_name: how messages call the frame `customers`.
        as_of_name: how messages call the argument `as_of`.
        max_gap_days: days between the last row and `as_of` above which a warning is given.

    Raises:
        DataError: a column is missing or has the wrong type; all rows lie after `as_of`; a first contact is a
            placeholder date.

    Warns:
        DataWarning: `as_of` lies far after the last row, or a first contact far from all other dates.
    """
    if merge not in TICKS:
        raise DataError.because(
            f"`merge` must be one of {list(TICKS)}, got {merge!r}.",
            hint='merge="D" makes the purchases of a day one; merge="s" keeps each time stamp.',
        )
    last = as_day(as_of, name=as_of_name)
    frame, ids = checked_transactions(transactions, need=need)
    time = date_ticks(frame, "date", ticks=TICKS[merge], need=need)
    amount = numbers(frame, "amount", need=need)
    returned = returned_rows(frame, amount, need=need)
    _warn_of_gap(
        np.datetime64(int(time.max()) // TICKS[merge], "D"),
        last,
        as_of_name=as_of_name,
        max_gap_days=max_gap_days,
        need=need,
    )
    known, contact = _known_customers(customers, time, ticks=TICKS[merge], need=need)
    time, amount, returned, ids = _until(last, time, amount, returned, ids, ticks=TICKS[merge], as_of_name=as_of_name)
    code, everyone = customer_codes(
        ids, known=known, need=need, frame_name=transactions_name, known_name=customers_name
    )
    contact = np.concatenate([contact, np.full(len(everyone) - len(contact), NEVER)])
    return build_ledger(
        code, time, amount, returned, customers=everyone, contact=contact, as_of=last, ticks=TICKS[merge]
    )


def _warn_of_gap(end: np.datetime64, last: np.datetime64, *, as_of_name: str, max_gap_days: float, need: str) -> None:
    """Warn if the data end so long before `last` that later purchases are probably not in them."""
    if (last - end).astype(np.int64) > max_gap_days:
        warnings.warn(
            f"{need}: the data end on {end}, `{as_of_name}` is {last}: purchases after {end} are not in the data,"
            " and count as none.",
            DataWarning,
            stacklevel=5,
        )


def _until(
    last: np.datetime64,
    time: NDArray[np.int64],
    amount: NDArray[np.float64],
    returned: NDArray[np.bool_],
    ids: nw.Series[Any],
    *,
    ticks: int,
    as_of_name: str,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_], nw.Series[Any]]:
    """The rows up to and including the day `last`."""
    end = (int(last.astype(np.int64)) + 1) * ticks
    read = time < end
    if not read.any():
        first = np.datetime64(int(time.min()) // ticks, "D")
        raise DataError.because(
            f"`{as_of_name}` {last} lies before all transactions: the first is of {first}.",
            hint=f'{as_of_name}="{np.datetime64(int(time.max()) // ticks, "D")}" is the last day with data.',
        )
    if read.all():
        return time, amount, returned, ids
    return time[read], amount[read], returned[read], ids[np.flatnonzero(read)]


def _known_customers(
    customers: object, time: NDArray[np.int64], *, ticks: int, need: str
) -> tuple[nw.Series[Any] | None, NDArray[np.int64]]:
    """Ids of the given customers, and the days of their first contacts, checked against the `time` of all rows."""
    if customers is None:
        return None, np.empty(0, np.int64)
    need = f"{need}: `customers`"
    frame = narrow(customers, need=need)
    ids = unique_ids(frame, need=need, hint=ONE_ROW_HINT)
    if "first_contact" not in frame.columns or frame["first_contact"].is_null().all():
        return ids, np.full(len(frame), NEVER)
    contact = date_ticks(
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


def build_ledger(
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
    """Merge rows by customer and time, and offset returns against the purchases of the same day.

    Args:
        code: customer of each row, a position in `customers`, (r,).
        time: time of each row in ticks since 1970-01-01, (r,).
        amount: amount of each row, returns negative, (r,).
        returned: which rows are returns, (r,).
        customers: the ids, (n,).
        contact: day of each first contact, (n,); `NEVER` if none is given.
        as_of: the last day read.
        ticks: ticks per day of `time`.
    """
    n = len(customers)
    if returned.any():
        bought = ~returned
        purchases = MergedAmounts.merge(code[bought], time[bought], amount[bought], customers=n)
        returns = MergedAmounts.merge(code[returned], time[returned] // ticks, -amount[returned], customers=n)
    else:
        purchases = MergedAmounts.merge(code, time, amount, customers=n)
        returns = MergedAmounts.merge(code[:0], time[:0], amount[:0], customers=n)
    seen = np.minimum(_first_day(purchases, ticks=ticks), _first_day(returns, ticks=1))
    seen = np.minimum(seen, np.where(contact == NEVER, np.iinfo(np.int64).max, contact))
    kept, left = offset_same_day_returns(purchases, returns, ticks=ticks)
    return Ledger(
        customers=customers,
        known_since=np.where(seen == np.iinfo(np.int64).max, NEVER, seen),
        contact=contact,
        purchases=kept,
        returns=left,
        as_of=as_of,
        ticks=ticks,
    )


def _first_day(merged: MergedAmounts, *, ticks: int) -> NDArray[np.int64]:
    """Day of each customer's first entry, (n,); the largest integer for customers without entries."""
    return np.where(merged.count > 0, merged.first // ticks, np.iinfo(np.int64).max)
