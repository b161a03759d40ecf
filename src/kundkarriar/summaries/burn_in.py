"""The burn-in at the start of the data: customers first seen in it may have bought before (left truncation)."""

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.period import Period, as_period, day_number
from kundkarriar.errors import warn
from kundkarriar.frames import text_column
from kundkarriar.history.ledger.ledger import Ledger


def entry_unknown(*, first: Whole, contact: Whole, burn_in: str | Period, begins: int | None = None) -> Mask:
    """Which customers may have bought before the data begin, (n,); a warning gives their number.

    `first` and `contact` are the days of the first purchase and the first contact, (n,); `NEVER` without one. The
    burn-in runs from the first purchase in the data. A first contact within the data makes the entry known. Prospects
    are never unknown. `begins` is the first day with a purchase where these are some customers of a base: then the
    caller says how many are unknown.

    >>> day = np.array([0, 90, 400])
    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     entry_unknown(first=day, contact=np.array([NEVER, 80, NEVER]), burn_in="12M").tolist()
    [True, False, False]
    """
    span = as_period(burn_in, name="burn_in")
    bought: Mask = first != NEVER
    if not bought.any():
        return bought
    start = int(first[bought].min()) if begins is None else begins
    unknown: Mask = bought & (first <= last_of_burn_in(start, span)) & (contact < start)
    if begins is None:
        warn_of_unknown(int(unknown.sum()), of=int(bought.sum()), start=np.datetime64(start, "D"), span=span)
    return unknown


def last_of_burn_in(begins: int, span: Period) -> int:
    """The last day of a burn-in from the day `begins`."""
    return day_number(span.after(np.datetime64(begins - 1, "D")))


def warn_of_unknown(number: int, *, of: int, start: np.datetime64, span: Period) -> None:
    """Warn of the number of customers whose entry is unknown, if there are any, of those who have bought."""
    if number:
        warn(
            f"{number:,} of {of:,} customers were first seen within {span} of the start"
            f' of the data ({start}): their beginning is not known (entry "unknown").'
        )


def entry_column(ledger: Ledger, *, burn_in: str | Period | None, like: object) -> nw.Series[Any]:
    """The column `entry` of a table of the customers of a ledger: "known" or "unknown"."""
    unknown = np.zeros(len(ledger.customers), dtype=bool)
    if burn_in is not None:
        unknown = entry_unknown(first=ledger.first_purchase_day, contact=ledger.contact, burn_in=burn_in)
    return text_column(["known", "unknown"], unknown.astype(np.int64), like=like)
