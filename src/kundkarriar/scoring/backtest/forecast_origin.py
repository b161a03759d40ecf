"""A past date to forecast from: who was known by then, what they had bought, and what they bought after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.frames import narrow, numbers
from kundkarriar.history.customer_ids import positions
from kundkarriar.history.summary.summarize import summarize
from kundkarriar.numerics.money.exact_sums import by_group, settled, total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.history.purchase_days import PurchaseDays
    from kundkarriar.season.season import Season

    Array = NDArray[np.float64]

SHORT_DAYS = 62
"""A horizon no longer than two months is followed week by week, a longer one month by month."""


@frozen(kw_only=True, eq=False)
class ForecastOrigin:
    """The customers known at the end of the day `origin`, and their purchases before and after it.

    Days count from 1970-01-01; a window of days leaves its first day out and has its last day in.

    Attributes:
        origin: the last day that a forecast may read.
        until: the last day of the outcome.
        begin: the first day of the data.
        summary: one row per customer with a purchase day by then, (n,).
        days: all purchases, of everyone.
        place: where each customer of `days` stands in `summary`; -1 for who had not bought by then.
        customers: covariates by customer_id, for models that read them.
    """

    origin: np.datetime64
    until: np.datetime64
    begin: np.datetime64
    summary: Any
    days: PurchaseDays
    place: NDArray[np.int64]
    customers: Any = None

    @classmethod
    def of(
        cls,
        transactions: Any,
        days: PurchaseDays,
        *,
        begin: np.datetime64,
        origin: np.datetime64,
        until: np.datetime64,
        period: str,
        season: Season | None = None,
        customers: Any = None,
    ) -> ForecastOrigin:
        """Everyone who had bought by `origin`, as the rows up to that day alone tell."""
        # rows after `as_of` are not read; the sum of gaps is there for models of regular buying
        summary = summarize(transactions, as_of=origin, period=period, regularity=True, season=season)
        wide = narrow(summary, need="backtest")
        bought = np.flatnonzero(numbers(wide, "n_transactions", need="backtest") > 0)
        wide = wide if len(bought) == len(wide) else wide[bought]
        place = np.full(len(days.customers), -1, dtype=np.int64)
        place[positions(wide["customer_id"], among=days.customers)] = np.arange(len(wide))
        return cls(
            origin=origin,
            until=until,
            begin=begin,
            summary=wide.to_native(),
            days=days,
            place=place,
            customers=customers,
        )

    def __len__(self) -> int:
        return int((self.place >= 0).sum())

    @property
    def start(self) -> int:
        """The origin as a number of days."""
        return int(self.origin.astype(np.int64))

    @property
    def end(self) -> int:
        """The last day of the outcome as a number of days."""
        return int(self.until.astype(np.int64))

    @property
    def length(self) -> int:
        """Days from the origin to the end of the outcome."""
        return self.end - self.start

    def purchases(self, after: int, to: int) -> Array:
        """Purchase days of each customer in a window of days, (n,)."""
        return self._counted(self.days.code, self.days.day, after, to)

    def sales(self, after: int, to: int) -> Array:
        """What each customer brought in a window of days, net of what came back in it, (n,)."""
        return self._counted(self.days.ledger_code, self.days.ledger_day, after, to, self.days.ledger_amount)

    def _counted(
        self, code: NDArray[np.int64], day: NDArray[np.int64], after: int, to: int, amount: Array | None = None
    ) -> Array:
        at = self.place[code]
        inside = (at >= 0) & (day > after) & (day <= to)
        if amount is not None:
            return by_group(amount[inside], at[inside], size=len(self))
        counted: Array = np.bincount(at[inside], minlength=len(self)).astype(np.float64)
        return counted

    def history(self, to: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """First and last purchase day up to and including the day `to`, and their number, of each customer, (n,)."""
        at = self.place[self.days.code]
        seen = (at >= 0) & (self.days.day <= to)
        at, day = at[seen], self.days.day[seen]
        first, last, count = np.zeros((3, len(self)), dtype=np.int64)
        # sorted by customer, then day: of what is written to one place, numpy keeps the last
        last[at] = day
        first[at[::-1]] = day[::-1]
        np.add.at(count, at, 1)
        return first, last, count

    def steps(self) -> tuple[int, ...]:
        """The ends of the months (of the weeks, where the horizon is short) up to the end of the outcome, as days."""
        if self.length <= SHORT_DAYS:
            return (*range(self.start + 7, self.end, 7), self.end)
        month = self.origin.astype("datetime64[M]") + 1
        ends = []
        while int((last := (month.astype("datetime64[D]") - 1)).astype(np.int64)) < self.end:
            if last > self.origin:
                ends.append(int(last.astype(np.int64)))
            month = month + 1
        return (*ends, self.end)

    def course(self, shift: int = 0) -> tuple[Array, Array]:
        """Purchases and sales of all customers from the origin to each step, `shift` days earlier, (steps,) each."""
        ends = np.array(self.steps()) - shift
        start = self.start - shift
        both = (
            (self.days.code, self.days.day, None),
            (self.days.ledger_code, self.days.ledger_day, self.days.ledger_amount),
        )
        sums = []
        for code, day, amount in both:
            inside = (self.place[code] >= 0) & (day > start) & (day <= ends[-1])
            step = np.searchsorted(ends, day[inside])
            if amount is None:
                sums.append(np.cumsum(np.bincount(step, minlength=len(ends)).astype(np.float64)))
            else:
                added, moved = (by_group(x, step, size=len(ends)) for x in (amount[inside], np.abs(amount[inside])))
                sums.append(settled(np.cumsum(added), of=np.cumsum(moved)))
        return sums[0], sums[1]

    def newcomers(self) -> tuple[int, int, float]:
        """Who first bought after the origin: how many, their purchase days, and what everyone not forecast brought."""
        days = self.days
        new = (self.place[days.code] < 0) & (days.day > self.start) & (days.day <= self.end)
        theirs = (self.place[days.ledger_code] < 0) & (days.ledger_day > self.start) & (days.ledger_day <= self.end)
        return len(np.unique(days.code[new])), int(new.sum()), total(days.ledger_amount[theirs])
