"""A forecast origin: the customers known by a past date, and their purchases before and after it."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import positions
from kundkarriar.frames import narrow, numbers, text_is
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
        row: row in `summary` of each customer of `days`, which has all; -1 without a purchase by `date`.
        customers: covariates by customer_id, for models with covariates.
        burn_in: customers first seen within this span after the start of the data may be older than the data.
    """

    date: np.datetime64
    until: np.datetime64
    begin: np.datetime64
    summary: Any
    days: PurchaseDays
    row: Whole
    customers: Any = None
    burn_in: str | None = None

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
        gaps: bool = False,
        burn_in: str | None = None,
        season: Season | None = None,
        customers: Any = None,
    ) -> ForecastOrigin:
        """The customers with a purchase by `date`; transactions after `date` are not read for the summary."""
        summary = summarize(
            transactions,
            as_of=date,
            period=period,
            customers=None if burn_in is None else customers,  # for first contacts
            burn_in=burn_in,
            regularity=True,  # the gaps between purchases, which (M)BG/CNBD-k needs
            gaps=gaps,
            season=season,
        )
        wide = narrow(summary, need="backtest")
        bought = np.flatnonzero(numbers(wide, "n_transactions", need="backtest") > 0)
        wide = wide if len(bought) == len(wide) else wide[bought]
        row = np.full(len(days.customers), -1, dtype=np.int64)
        row[positions(wide["customer_id"], among=days.customers)] = np.arange(len(wide))
        native = wide.to_native()
        return cls(
            date=date,
            until=until,
            begin=begin,
            summary=native,
            days=days,
            row=row,
            customers=customers,
            burn_in=burn_in,
        )

    def __len__(self) -> int:
        return int((self.row >= 0).sum())

    @property
    def older(self) -> Mask:
        """Which customers may be older than the data, (n,); nobody without a burn-in."""
        return text_is(narrow(self.summary, need="backtest")["entry"], "unknown")

    @property
    def start(self) -> int:
        """`date` as a number of days."""
        return int(self.date.astype(np.int64))

    @property
    def end(self) -> int:
        """`until` as a number of days."""
        return int(self.until.astype(np.int64))

    @property
    def length(self) -> int:
        """Days from the origin to the end of the outcome."""
        return self.end - self.start

    @property
    def outcome(self) -> tuple[Array, Array]:
        """The `window` from the origin to the end of the outcome."""
        return self.window(self.start, self.end)

    def window(self, after: int, to: int) -> tuple[Array, Array]:
        """Purchase days, and sales net of returns, of each customer in a window of days, (n,) each."""
        days = self.days
        bought = self._rows_within(days.code, days.day, after, to)
        sold = self._rows_within(days.ledger_code, days.ledger_day, after, to)
        purchases = np.bincount(bought[bought >= 0], minlength=len(self)).astype(np.float64)
        return purchases, by_group(days.ledger_amount[sold >= 0], sold[sold >= 0], size=len(self))

    def _rows_within(self, code: Whole, day: Whole, after: int, to: int) -> Whole:
        """The row in `summary` of each entry in a window of days, (m,); -1 outside, and without a row."""
        return np.where((day > after) & (day <= to), self.row[code], -1)

    def hiatus_and_rate(self, to: int) -> tuple[Whole, Array]:
        """Days since the last purchase up to `to` (-1: none); repeat purchases per day since the first, (n,) each."""
        at = self.row[self.days.code]
        by_then = (at >= 0) & (self.days.day <= to)
        at, day = at[by_then], self.days.day[by_then]
        first, last = np.full((2, len(self)), to)
        # sorted by customer, then day: for repeated indices numpy keeps the last value
        last[at] = day
        first[at[::-1]] = day[::-1]
        count = np.bincount(at, minlength=len(self))
        return np.where(count > 0, to - last, -1), np.maximum(count - 1, 0) / np.maximum(to - first, 1)

    def steps(self) -> tuple[int, ...]:
        """Last days of the months up to the end of the outcome; of the weeks, where the horizon is short."""
        if self.length <= SHORT_DAYS:
            return (*range(self.start + 7, self.end, 7), self.end)
        months = np.arange(self.date.astype("datetime64[M]") + 1, self.until.astype("datetime64[M]") + 1)
        last_days = months.astype("datetime64[D]").astype(np.int64) - 1
        return (*last_days[(last_days > self.start) & (last_days < self.end)].tolist(), self.end)

    def cumulative(self, shift: int = 0) -> tuple[Array, Array]:
        """Total purchases and sales from the origin to each step, both `shift` days earlier, (steps,) each."""
        days, start, ends = self.days, self.start - shift, np.array(self.steps()) - shift
        bought = days.day[self._rows_within(days.code, days.day, start, int(ends[-1])) >= 0]
        purchases = np.cumsum(np.bincount(np.searchsorted(ends, bought), minlength=len(ends)).astype(np.float64))
        sold = self._rows_within(days.ledger_code, days.ledger_day, start, int(ends[-1])) >= 0
        step, amount = np.searchsorted(ends, days.ledger_day[sold]), days.ledger_amount[sold]
        net, gross = (np.cumsum(by_group(x, step, size=len(ends))) for x in (amount, np.abs(amount)))
        return purchases, nearest_decimal(net, of=gross)

    def newcomers(self) -> tuple[int, int, float]:
        """Customers without a forecast, from the origin on: their number, their purchase days, and their net sales."""
        days = self.days
        bought, sold = (
            (self.row[code] < 0) & (day > self.start) & (day <= self.end)
            for code, day in ((days.code, days.day), (days.ledger_code, days.ledger_day))
        )
        return len(np.unique(days.code[bought])), int(bought.sum()), total(days.ledger_amount[sold])
