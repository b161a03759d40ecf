"""The table of opportunities (discrete-time settings): opportunities taken, the last one taken and their number."""

from typing import Any

import numpy as np

from kundkarriar.dates.period import Period, as_day, day_number
from kundkarriar.errors import DataError, warn
from kundkarriar.frames import FrameT, new_frame, text_column
from kundkarriar.history.ledger.ledger import Ledger, read_ledger
from kundkarriar.summaries.burn_in import entry_column
from kundkarriar.summaries.discrete_time.calendar_steps import add_steps, calendar_step, step_text, steps_between

NEED = "opportunities"


def opportunities(
    transactions: FrameT,
    *,
    as_of: Any,
    every: str | Period = "Y",
    start: Any = None,
    customers: FrameT | None = None,
    burn_in: str | Period | None = None,
) -> FrameT:
    """Number of purchase opportunities each customer took, and had, at the end of the day `as_of`.

    Time is divided into opportunities of one length, the same for all customers. The opportunity of a customer's first
    purchase has number 0 (Fader, Hardie & Shang 2010). A later opportunity is taken if it has at least one purchase
    day. An opportunity that is not over by the end of `as_of` is left out with its purchases; customers who first
    bought in it are left out too.

    Args:
        transactions: customer_id, date, amount (negative: a return); optional kind, currency.
        as_of: the last day that counts: "2001-12-31", or a date.
        every: the length of an opportunity: "Y" (calendar years), "M" (calendar months), "3M" (quarters), "4W", "90D".
        start: the first day of some opportunity, for years that begin in July, or to place weeks and days. By default
            years and months are those of the calendar, spans of months count from January, and weeks and days count
            from the first purchase in the data.
        customers: as in `kk.summarize`.
        burn_in: as in `kk.summarize`.

    Returns:
        One row per customer, in the order of `customers`, then of first appearance: customer_id; frequency
        (opportunities taken after the first, int); recency (number of the last opportunity taken, 0 if none was);
        n_opportunities (number of opportunities); n_transactions (purchase days, int); first_purchase, last_purchase;
        every; entry ("known" or "unknown"). A prospect has n_transactions 0, frequency 0, and the others missing.

    Raises:
        DataError: a column is missing or has the wrong type; `every` is not a span of whole days or months; `as_of` or
            `start` is not a date; no opportunity is over by `as_of`.

    Warns:
        DataWarning: purchases lie in an opportunity that is not over; some customers have entry "unknown".

    >>> import pandas as pd
    >>> gifts = pd.DataFrame({"customer_id": ["a", "a", "b", "a"], "amount": 10.0})
    >>> gifts["date"] = pd.to_datetime(["1995-03-01", "1997-12-24", "1996-05-05", "1997-12-31"])
    >>> table = opportunities(gifts, as_of="1999-12-31", every="Y")
    >>> table[["customer_id", "frequency", "recency", "n_opportunities", "n_transactions", "every"]]
      customer_id  frequency  recency  n_opportunities  n_transactions every
    0           a          1      2.0              4.0               3     Y
    1           b          0      0.0              3.0               1     Y
    """
    span, now = calendar_step(every), as_day(as_of, name="as_of")
    ledger = read_ledger(transactions, as_of=now, customers=customers, need=NEED)
    opens = _opens(ledger, span, start)
    over = int(steps_between(opens, day_number(now) + 1, every=span))  # number of finished opportunities since `opens`
    end = int(add_steps(opens, over, every=span))
    if end <= day_number(now):
        _warn_of_open_opportunity(ledger, end=end, now=now, span=span)
        last = np.datetime64(end - 1, "D")
        ledger = ledger.before(last)
    columns = _counts(ledger, opens=opens, over=over, span=span)
    return new_frame(
        {
            "customer_id": ledger.customers,
            **columns,
            "every": text_column([step_text(span)], np.zeros(len(ledger.customers), np.int64), like=transactions),
            "entry": entry_column(ledger, burn_in=burn_in, like=transactions),
        },
        like=transactions,
    )


def _opens(ledger: Ledger, span: Period, start: Any) -> int:
    """The first day of an opportunity, since 1970-01-01."""
    if start is not None:
        given = as_day(start, name="start")
        if span.months is not None and int(str(given)[-2:]) > 28:
            raise DataError.because(
                f"`start` must be a day that every month has, got {given}.", hint='write start="1995-07-01".'
            )
        return day_number(given)
    days = ledger.purchase_day
    if not len(days):
        raise DataError.because(
            f"{NEED} needs at least one purchase: every row up to {ledger.as_of} is a return, or was taken back.",
            hint="check the signs of `amount`: a purchase is above 0.",
        )
    first = np.datetime64(int(days.min()), "D")
    return day_number(first) if span.months is None else day_number(first.astype("datetime64[Y]"))


def _warn_of_open_opportunity(ledger: Ledger, *, end: int, now: np.datetime64, span: Period) -> None:
    """Warn of purchases in an opportunity that is not over; refuse if there are no others."""
    days = ledger.purchase_day
    late = days >= end
    if len(days) and not late.any():
        return
    last = np.datetime64(end - 1, "D")
    following = np.datetime64(int(add_steps(end, 1, every=span)) - 1, "D")
    if late.all():
        raise DataError.because(
            f"{NEED}: no opportunity of {span} with a purchase is over by {now}.",
            hint=f'the current one ends on {following}; take shorter ones (every="M"), or a later as_of.',
        )
    bought = ledger.purchases
    newcomers = int(((bought.count > 0) & (bought.first // ledger.ticks >= end)).sum())
    warn(
        f"the opportunity that began on {np.datetime64(end, 'D')} is not over by {now}: its {late.sum():,} purchase "
        f"days are left out (customers who first bought in it: {newcomers:,}). The table ends on {last}."
    )


def _counts(ledger: Ledger, *, opens: int, over: int, span: Period) -> dict[str, Any]:
    """The columns of counts and dates, (n,) each."""
    purchases, day = ledger.purchases, ledger.purchase_day
    bought = purchases.count > 0
    number = steps_between(opens, day, every=span)
    new = np.ones(len(number))
    new[1:] = number[1:] != number[:-1]
    new[purchases.starts[:-1][bought]] = 1.0
    taken = purchases.total(new)
    first, last = (
        np.where(bought, steps_between(opens, at, every=span), 0) for at in (purchases.first, purchases.last)
    )
    return {
        "frequency": np.maximum(taken - 1, 0).astype(np.int64),
        "recency": np.where(bought, last - first, np.nan),
        "n_opportunities": np.where(bought, over - 1 - first, np.nan),
        "n_transactions": purchases.count,
        "first_purchase": ledger.dates(purchases.first),
        "last_purchase": ledger.dates(purchases.last),
    }
