"""A forecast origin: the customers known by a past date, and their purchases before and after it."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.customer_ids import positions
from kundkarriar.dates.period import Period
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers
from kundkarriar.history.purchase_days import PurchaseDays
from kundkarriar.numerics.money.exact_sums import by_group, nearest_decimal, total
from kundkarriar.season.season import Season
from kundkarriar.summaries.summarize import summarize

SHORT_DAYS = 62
"""Horizons up to this length have weekly steps, longer ones monthly steps."""


@frozen(kw_only=True, eq=False)
class ForecastOrigin:
    """The customers known at the end of `date`, and their purchases before and after it.

    Days are numbered from 1970-01-01. A window of days excludes its first day and includes its last.

    Attributes:
        date: the last day that a forecast may read.
        until: the last day of the outcome.
        begin: the first day of the data.
        summary: one row per customer with a purchase by `date`, n rows.
        days: all purchases of all customers.
        row: row in `summary` of each customer of `days`; -1 without a purchase by `date`.
        customers: covariates by customer_id, for models with covariates.
    """

    date: np.datetime64
    until: np.datetime64
    begin: np.datetime64
    summary: Any
    days: PurchaseDays
    row: Whole
    customers: Any = None

    @classmethod
    def of(
        cls,
        transactions: Any,
        days: PurchaseDays,
        *,
        begin: np.datetime64,
        date: np.datetime64,
        until: np.datetime64,
        period: str,
        season: Season | None = None,
        customers: Any = None,
    ) -> ForecastOrigin:
        """The customers with a purchase by `date`; transactions after `date` are not read for the summary."""
        # with the gaps between purchases, which (M)BG/CNBD-k needs
        summary = summarize(transactions, as_of=date, period=period, regularity=True, season=season)
        wide = narrow(summary, need="backtest")
        bought = np.flatnonzero(numbers(wide, "n_transactions", need="backtest") > 0)
        wide = wide if len(bought) == len(wide) else wide[bought]
        row = np.full(len(days.customers), -1, dtype=np.int64)
        row[positions(wide["customer_id"], among=days.customers)] = np.arange(len(wide))
        return cls(
            date=date, until=until, begin=begin, summary=wide.to_native(), days=days, row=row, customers=customers
        )

    def __len__(self) -> int:
        return int((self.row >= 0).sum())

    @property
    def start(self) -> int:
        """`date` as a number of days."""
        return int(self.date.astype(np.int64))

    @property
    def end(self) -> int:
        """The last day of the outcome as a number of days."""
        return int(self.until.astype(np.int64))

    @property
    def length(self) -> int:
        """Days from the origin to the end of the outcome."""
        return self.end - self.start

    def purchases(self, after: int, to: int) -> Array:
        """Number of purchase days of each customer in a window of days, (n,)."""
        return self._sum_by_customer(self.days.code, self.days.day, after, to)

    def sales(self, after: int, to: int) -> Array:
        """Sales of each customer in a window of days, net of the returns in it, (n,)."""
        return self._sum_by_customer(self.days.ledger_code, self.days.ledger_day, after, to, self.days.ledger_amount)

    def _sum_by_customer(self, code: Whole, day: Whole, after: int, to: int, amount: Array | None = None) -> Array:
        at = self.row[code]
        in_window = (at >= 0) & (day > after) & (day <= to)
        if amount is not None:
            return by_group(amount[in_window], at[in_window], size=len(self))
        purchase_days: Array = np.bincount(at[in_window], minlength=len(self)).astype(np.float64)
        return purchase_days

    def history(self, to: int) -> tuple[Whole, Whole, Whole]:
        """First purchase day, last purchase day and number of purchase days of each customer up to `to`, (n,) each."""
        at = self.row[self.days.code]
        by_then = (at >= 0) & (self.days.day <= to)
        at, day = at[by_then], self.days.day[by_then]
        first, last, count = np.zeros((3, len(self)), dtype=np.int64)
        # sorted by customer, then day: for repeated indices numpy keeps the last value
        last[at] = day
        first[at[::-1]] = day[::-1]
        np.add.at(count, at, 1)
        return first, last, count

    def steps(self) -> tuple[int, ...]:
        """Last days of the months up to the end of the outcome; of the weeks, where the horizon is short."""
        if self.length <= SHORT_DAYS:
            return (*range(self.start + 7, self.end, 7), self.end)
        month = self.date.astype("datetime64[M]") + 1
        ends = []
        while int((last := (month.astype("datetime64[D]") - 1)).astype(np.int64)) < self.end:
            if last > self.date:
                ends.append(int(last.astype(np.int64)))
            month = month + 1
        return (*ends, self.end)

    def cumulative(self, shift: int = 0) -> tuple[Array, Array]:
        """Total purchases and sales from the origin to each step, both `shift` days earlier, (steps,) each."""
        ends = np.array(self.steps()) - shift
        start = self.start - shift
        measures = (
            (self.days.code, self.days.day, None),
            (self.days.ledger_code, self.days.ledger_day, self.days.ledger_amount),
        )
        sums = []
        for code, day, amount in measures:
            in_window = (self.row[code] >= 0) & (day > start) & (day <= ends[-1])
            step = np.searchsorted(ends, day[in_window])
            if amount is None:
                sums.append(np.cumsum(np.bincount(step, minlength=len(ends)).astype(np.float64)))
            else:
                net, gross = (by_group(x, step, size=len(ends)) for x in (amount[in_window], np.abs(amount[in_window])))
                sums.append(nearest_decimal(np.cumsum(net), of=np.cumsum(gross)))
        return sums[0], sums[1]

    def newcomers(self) -> tuple[int, int, float]:
        """Customers with a first purchase after the origin: their number, their purchase days, and their net sales.

        Sales include transactions of all customers without a forecast.
        """
        days = self.days
        new = (self.row[days.code] < 0) & (days.day > self.start) & (days.day <= self.end)
        new_sales = (self.row[days.ledger_code] < 0) & (days.ledger_day > self.start) & (days.ledger_day <= self.end)
        return len(np.unique(days.code[new])), int(new.sum()), total(days.ledger_amount[new_sales])


def origin_dates(
    begin: np.datetime64, last: np.datetime64, *, until: str | None, horizon: str, count: int
) -> tuple[np.datetime64, ...]:
    """The dates of the origins, half a horizon apart, the latest first.

    Args:
        begin: the first day of the data.
        last: their last day.
        until: the day on which the latest horizon ends; None: `last`.
        horizon: a span, as text.
        count: number of origins.

    Raises:
        DataError: `until` lies after the data, or an origin before them.
    """
    end = last if until is None else np.datetime64(until, "D")
    if end > last:
        raise DataError.because(
            f"`until` {end} lies after the last purchase, {last}: what happened then is not in the data.",
            hint=f'until="{last}", or leave it out.',
        )
    span = Period.of(horizon)
    latest = span.before(end)
    apart = np.timedelta64(max(round(span.days / 2), 1), "D")
    origins = tuple(latest - back * apart for back in range(count))
    for origin in origins:
        if origin <= begin:
            raise DataError.because(
                f"an origin at {origin} lies before the data, which begin on {begin}.",
                hint=f"fewer origins (now {count}) or a shorter horizon (now {horizon!r}).",
            )
    return origins
