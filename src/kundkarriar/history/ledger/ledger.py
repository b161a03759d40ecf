"""The ledger: each customer's purchases and returns up to a date, merged by day, read from standard transactions."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.arguments import Text
from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.dates.dates_as_integers import NEVER, TICKS, DateHints, date_ticks, earliest_day
from kundkarriar.dates.implausible_dates import TWENTY_YEARS, check_dates
from kundkarriar.dates.period import as_day, day_number
from kundkarriar.errors import warn
from kundkarriar.frames import narrow, numbers, refuse_rows
from kundkarriar.history.blocks.whole_base import WholeBase
from kundkarriar.history.ledger.ledger_rows import LedgerRows
from kundkarriar.history.ledger.merge_same_day import MergedAmounts
from kundkarriar.history.ledger.same_day_returns import offset_same_day_returns
from kundkarriar.history.ledger.transaction_rows import LARGEST, checked_transactions, returned_rows
from kundkarriar.numerics.money.exact_sums import nearest_decimal

MERGE = Text(among=tuple(TICKS))
MERGE_HINT = 'merge="D" makes the purchases of a day one; merge="s" keeps each time stamp.'


@frozen(kw_only=True, eq=False)
class Ledger:
    """Purchases and returns of each customer up to a date, merged by day.

    The sum of purchases minus the sum of returns equals the sum of all rows read, to rounding.

    Attributes:
        rows: the rows that were merged.
        first_row: day of each customer's first row, (n,); `NEVER` without one.
        purchases: spend per purchase day, net of returns on the same day; fully returned purchases are left out.
        returns: positive amounts per day, beyond the purchases of that day.
        as_of: the last day read.
    """

    rows: LedgerRows = field(repr=False)
    first_row: Whole
    purchases: MergedAmounts
    returns: MergedAmounts
    as_of: np.datetime64

    @classmethod
    def of(cls, rows: LedgerRows, *, as_of: np.datetime64) -> Ledger:
        """Merge rows, none after `as_of`, by customer and time, and offset returns against the purchases of a day."""
        n, ticks, back = len(rows.customers), rows.ticks, rows.returned
        bought = ~back if back.any() else slice(None)  # no copies where nothing was returned
        purchases = MergedAmounts.merge(rows.code[bought], rows.time[bought], rows.amount[bought], customers=n)
        returns = MergedAmounts.merge(rows.code[back], rows.time[back] // ticks, -rows.amount[back], customers=n)
        first_row = earliest_day(_first_day(purchases, ticks=ticks), _first_day(returns, ticks=1))
        kept, left = offset_same_day_returns(purchases, returns, ticks=ticks)
        return cls(rows=rows, first_row=first_row, purchases=kept, returns=left, as_of=as_of)

    def before(self, day: np.datetime64) -> Ledger:
        """The ledger as of an earlier day, from the same rows.

        Raises:
            DataError: all rows lie after that day.
        """
        return Ledger.of(self.rows.until(day), as_of=day)

    @property
    def customers(self) -> nw.Series[Any]:
        """The ids, `customers=` first, then by first appearance, (n,)."""
        return self.rows.customers

    @property
    def contact(self) -> Whole:
        """Day of the first contact as given, (n,); `NEVER` if none is given."""
        return self.rows.contact

    @property
    def known_since(self) -> Whole:
        """Day of the first contact or of the first row, whichever is earlier, (n,); `NEVER` without either."""
        return earliest_day(self.first_row, self.contact)

    @property
    def ticks(self) -> int:
        """Ticks per day of the times of `purchases`."""
        return self.rows.ticks

    @property
    def first_purchase_day(self) -> Whole:
        """Day of each customer's first purchase, (n,); `NEVER` for customers without one."""
        return _first_day(self.purchases, ticks=self.ticks)

    def dates(self, time: Whole) -> NDArray[np.datetime64]:
        """A time of each customer in ticks, (n,), as a date; NaT for customers without a purchase."""
        date = np.where(self.purchases.count > 0, time * (TICKS["s"] // self.ticks), NEVER)
        return date.astype("datetime64[us]")

    @property
    def priced(self) -> bool:
        """Whether the purchases have amounts."""
        return self.rows.priced

    @property
    def purchase_day(self) -> Whole:
        """Day of each purchase since 1970-01-01, (m,)."""
        return self.purchases.time if self.ticks == 1 else self.purchases.time // self.ticks

    @property
    def net(self) -> Array:
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
    base: WholeBase | None = None,
) -> Ledger:
    """Read the ledger of standard transactions up to and including `as_of`.

    Transactions are customer_id, date, amount (negative: a return); optional kind and currency. Purchases without
    amounts have `kind` "purchase" on each row, and every amount counts as 0. `customers` are all
    known customers, one row each: customer_id, optional first_contact (a date). They come first, in their order, also
    without a purchase; other buyers follow. With first contacts there may be no transaction at all. `merge` "D" makes
    the purchases of a day one, "s" keeps each time stamp. The names are how messages call the arguments; `need` is the
    caller's. With `base` the rows are those of some customers of a base whose dates have been checked.

    Raises:
        DataError: a column is missing or has the wrong type; all rows lie after `as_of`; a first contact is a
            placeholder date.

    Warns:
        DataWarning: `as_of` lies more than `max_gap_days` after the last row, or a first contact far from all other
            dates.
    """
    ticks = TICKS[MERGE.read(merge, "merge", hint=MERGE_HINT)]
    last = as_day(as_of, name=as_of_name)
    frame, ids = checked_transactions(transactions, need=need, empty=base is not None or _has_contacts(customers))
    time = date_ticks(frame, "date", ticks=ticks, need=need) if len(frame) else np.empty(0, np.int64)
    priced = "amount" in frame.columns
    amount = numbers(frame, "amount", need=need) if priced else np.zeros(len(frame))
    law = f"{need} needs amounts of at most {LARGEST:.0e} in `amount`"
    hint, shown = "no purchase is that large: repair these rows.", ["customer_id", "date", "amount"]
    refuse_rows(frame, np.abs(amount) > LARGEST, law, hint=hint, shown=shown)
    returned = returned_rows(frame, amount, need=need)
    if len(frame) and base is None:
        ends = int(time.max()) // ticks
        if late := data_end_early(ends, last, need=need, as_of_name=as_of_name, max_gap_days=max_gap_days):
            warn(late)
    known, contact = _known_customers(customers, time, ticks=ticks, need=need, checked=base is not None)
    code, everyone = customer_codes(
        ids, known=known, need=need, frame_name=transactions_name, known_name=customers_name
    )
    rows = LedgerRows(
        customers=everyone,
        given=len(contact),
        contact=np.concatenate([contact, np.full(len(everyone) - len(contact), NEVER)]),
        code=code,
        time=time,
        amount=amount,
        returned=returned,
        ticks=ticks,
        priced=priced,
    )
    return Ledger.of(rows.until(last, as_of_name=as_of_name), as_of=last)


def data_end_early(
    ends: int, last: np.datetime64, *, need: str, as_of_name: str = "as_of", max_gap_days: float = TWENTY_YEARS
) -> str | None:
    """What is said of data that end, on the day `ends`, so long before the `last` day read; None of other data."""
    if day_number(last) - ends <= max_gap_days:
        return None
    end = np.datetime64(ends, "D")
    return (
        f"{need}: the data end on {end}, `{as_of_name}` is {last}: purchases after {end} are not in the data,"
        " and count as none."
    )


def _known_customers(
    customers: object, time: Whole, *, ticks: int, need: str, checked: bool
) -> tuple[nw.Series[Any] | None, Whole]:
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
    if not checked:
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


def _has_contacts(customers: object) -> bool:
    """Whether first contacts are known, so that a frame without transactions is one of leads who have not bought yet.

    Without them it is more likely a file or filter that lost its rows.
    """
    if customers is None:
        return False
    frame = narrow(customers, need="`customers`")
    return "first_contact" in frame.columns and not frame["first_contact"].is_null().all()


def _first_day(merged: MergedAmounts, *, ticks: int) -> Whole:
    """Day of each customer's first entry, (n,); `NEVER` for customers without entries."""
    return np.where(merged.count > 0, merged.first // ticks, NEVER)
