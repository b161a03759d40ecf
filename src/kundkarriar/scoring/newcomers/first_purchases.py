"""First purchases by month: arrivals of customers, and those of them who came latest."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.calendar_months import first_day, last_day, month_of
from kundkarriar.dates.period import DAYS, Period
from kundkarriar.history.purchase_days import PurchaseDays
from kundkarriar.numerics.forecast.arrivals import Months

LATEST_DAYS, LATEST = 365, 100
"""Customers who came in this many days up to the date, or as many as came last, are like those to come."""


@frozen(kw_only=True, eq=False)
class FirstPurchases:
    """First purchases of the n customers who arrived after the burn-in, up to a date.

    A customer whose first row is a return bought before the data, and did not arrive in them. Days count from
    1970-01-01.

    Attributes:
        begins, as_of: first and last day on which arrivals are counted.
        code: the customer of each first purchase, (n,), a position among the customers of the purchase days.
        day, spend: its day, and its amount net of returns on the same day, (n,).
    """

    begins: int
    as_of: int
    code: Whole
    day: Whole
    spend: Array

    @classmethod
    def of(cls, days: PurchaseDays, *, as_of: np.datetime64, burn_in: str | Period | None) -> FirstPurchases:
        """The first purchases up to `as_of`; what comes later in `days` is not read.

        Customers first seen within `burn_in` of the first purchase in the data may be older than the data.
        """
        last = int(as_of.astype(np.int64))
        code, at = np.unique(days.code, return_index=True)
        first = days.day[at]
        kept = (first <= last) & (days.ledger.first_row[code] >= first)
        code, day, spend = code[kept], first[kept], days.spend[at][kept]
        begins = int(day.min()) if len(day) else last
        if burn_in is not None:
            begins = int(Period.of(burn_in).after(np.datetime64(begins - 1, "D")).astype(np.int64)) + 1
        counted = day >= begins
        return cls(
            begins=begins,
            as_of=last,
            code=code[counted],
            day=day[counted],
            spend=spend[counted],
        )

    def counts(self) -> tuple[int, ...]:
        """Number of arrivals in each calendar month from the first to the last counted day."""
        since = int(month_of(self.begins))
        months = max(int(month_of(self.as_of)) - since + 1, 0)
        return tuple(np.bincount(month_of(self.day) - since, minlength=months).tolist())

    def latest(self) -> Whole:
        """Positions of those who came in the last year, or of the last hundred, in order of code, (m,)."""
        if not len(self.day):
            return np.empty(0, np.int64)
        hundredth = np.sort(self.day)[::-1][min(LATEST, len(self.day)) - 1]
        return np.flatnonzero(self.day >= min(self.as_of - LATEST_DAYS + 1, int(hundredth)))


def months_between(after: int, to: int, *, now: int, index: tuple[float, ...] | None) -> tuple[Months, Whole, Whole]:
    """The calendar months of the days after one and up to another, with the first and last day of each, (m,) each.

    Time counts from the end of the day `now`. Months of which the season's `index` is 0 are left out.
    """
    month = np.arange(int(month_of(after + 1)), int(month_of(to)) + 1)
    start, end = np.maximum(first_day(month), after + 1), np.minimum(last_day(month), to)
    of_year = month % 12
    factor = np.ones(len(month)) if index is None else np.array(index)[of_year]
    is_open = factor > 0
    start, end = start[is_open], end[is_open]
    months = Months(
        exposure=(end - start + 1) / DAYS["M"],
        log_season=np.log(factor[is_open]),
        years=((start + end + 1) / 2 - (now + 1)) / DAYS["Y"],
        month=of_year[is_open],
    )
    return months, start, end
