"""Time warped by a seasonal index: W(t), the integral of the index s; a day in a month of index 1.5 counts 1.5 days.

If every customer's purchase rate is lambda s(t), with the same s for all, purchases have the constant rate lambda in
the time W(t). Likelihoods therefore hold unchanged for recency, T and horizons measured in W.

Each calendar year keeps its length, so W(t) = t at each new year, and only the lead W(t) - t within a year is computed.
The lead of a flat index is exactly 0. Days count from 1970-01-01, and day d begins at d.
"""

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike

from kundkarriar.arrays import Array, Whole

MONTH_DAYS = np.array(
    [[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]], dtype=float
)
"""Days of each month of a common year and of a leap year, (2, 12)."""


def normalised_index(index: ArrayLike) -> Array:
    """The index scaled to a mean of 1 over the days of a common year, (12,); a flat one becomes exactly 1.

    >>> normalised_index([2.0] * 12).tolist() == [1.0] * 12
    True
    """
    relative = np.asarray(index, dtype=float) / np.max(index)
    mean = float(MONTH_DAYS[0] @ relative) / 365.0
    return np.asarray(relative / mean)


def month_of_year(day: ArrayLike) -> Whole:
    """The month of each point in time, 0 (January) to 11.

    >>> month_of_year([0, 59.5]).tolist()
    [0, 2]
    """
    months = np.floor(day).astype(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(months.astype(np.int64) % 12)


def speeds(index: ArrayLike) -> Array:
    """Warped days per day in each month of a common year and of a leap year, (2, 12); each year keeps its length."""
    given = np.asarray(index, dtype=float)
    return np.asarray(given * (MONTH_DAYS.sum(axis=1) / (MONTH_DAYS @ given))[:, None])


def lead(*, day: ArrayLike, index: ArrayLike) -> Array:
    """The lead W(t) - t of warped time over the calendar, in days, at each point in time, (n,); 0 at each new year.

    >>> summer = [1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1]
    >>> days = np.array(["1998-01-01", "1998-06-01", "1998-09-01"], dtype="datetime64[D]").astype(int)
    >>> lead(day=days, index=summer).round(1).tolist()
    [0.0, -30.4, 24.6]
    """
    time = np.asarray(day, dtype=float)
    month, leap, month_start = _month_and_leap(time)
    fast = speeds(index)
    leads = np.cumsum((fast - 1.0) * MONTH_DAYS, axis=1) - (fast - 1.0) * MONTH_DAYS
    return np.asarray(leads[leap, month] + (fast[leap, month] - 1.0) * (time - month_start))


def warped_span(*, day: float, days: float, index: ArrayLike) -> float:
    """Warped days in the `days` from `day` on; exactly `days` under a flat index."""
    start, end = lead(day=[day, day + days], index=index)
    return float(days + end - start)


def _month_and_leap(time: Array) -> tuple[Whole, Whole, Array]:
    """Month (0 to 11) of each point in time, whether its year is a leap year (0, 1), and the start of the month."""
    months = np.floor(time).astype(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    year = months.astype("datetime64[Y]")
    length = (year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")
    return months.astype(np.int64) % 12, length.astype(np.int64) - 365, months.astype("datetime64[D]").astype(float)


@frozen(kw_only=True, eq=False)
class WarpedMonths:
    """The months of a span: warped time is linear in each of them, with a constant speed.

    Both times count from the start of the span, in one unit.

    Attributes:
        start: start of each month (the first: of the span), (m,).
        warped: warped time at these starts, (m,).
        speed: warped time per calendar time in each month, (m,), at least 0.
        end: end of the span.
        warped_end: warped time at the end of the span.
    """

    start: Array
    warped: Array
    speed: Array
    end: float
    warped_end: float

    @property
    def length(self) -> Array:
        """Length of each month within the span, (m,)."""
        return np.diff(self.start, append=self.end)

    def warped_at(self, t: Array) -> Array:
        """Warped time at calendar time `t`."""
        at = np.clip(np.searchsorted(self.start, t, side="right") - 1, 0, len(self.start) - 1)
        return np.asarray(self.warped[at] + self.speed[at] * (t - self.start[at]))

    def time_at(self, w: Array) -> Array:
        """Calendar time at which warped time `w` is reached; the end of the span for `w` at or beyond its end."""
        return self._within(w)[1]

    def discounted_warped(self, w: Array, *, discount_rate: float) -> Array:
        """The integral of exp(-discount_rate t(w)) over warped time from 0 to `w`, with t(w) the calendar time."""
        at, until = self._within(w)
        moving = self.speed > 0
        opens, fast, length = self.start[moving], self.speed[moving], self.length[moving]
        whole = fast * annuity(opens, length, discount_rate)
        before = np.cumsum(whole) - whole
        spent = np.minimum(until - opens[at], length[at])
        return np.asarray(before[at] + fast[at] * annuity(opens[at], spent, discount_rate))

    def _within(self, w: Array) -> tuple[Whole, Array]:
        """The month, among those with speed above 0, in which `w` is reached, and the calendar time at which it is."""
        moving = self.speed > 0
        start, warped, speed = self.start[moving], self.warped[moving], self.speed[moving]
        at = np.clip(np.searchsorted(warped, w, side="right") - 1, 0, len(start) - 1)
        beyond = np.asarray(w) >= self.warped_end * (1 - 1e-12)
        return at, np.where(beyond, self.end, start[at] + (w - warped[at]) / speed[at])


def warped_months(*, day: float, days: float, index: ArrayLike, unit: float) -> WarpedMonths:
    """The months of the `days` from `day` on, in units of `unit` days.

    >>> summer = [1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1]
    >>> first = int(np.datetime64("1998-05-22").astype(int))
    >>> ahead = warped_months(day=first, days=14.0, index=summer, unit=7.0)
    >>> ahead.start.round(3).tolist(), ahead.speed.round(3).tolist(), round(ahead.warped_end, 3)
    ([0.0, 1.429], [0.799, 1.597], 2.054)
    """
    opens = np.datetime64(int(np.floor(day)), "D").astype("datetime64[M]")
    closes = np.datetime64(int(np.ceil(day + days)), "D").astype("datetime64[M]") + 1
    firsts = np.arange(opens + 1, closes).astype("datetime64[D]").astype(float)
    start = np.concatenate([[day], firsts[firsts < day + days]])
    month, leap, _ = _month_and_leap(start)
    leads = lead(day=np.append(start, day + days), index=index) - lead(day=day, index=index)
    return WarpedMonths(
        start=(start - day) / unit,
        warped=(start - day + leads[:-1]) / unit,
        speed=speeds(index)[leap, month],
        end=days / unit,
        warped_end=float((days + leads[-1]) / unit),
    )


def annuity(start: Array, length: Array, rate: float) -> Array:
    """The integral of exp(-rate t) from `start` over `length`.

    >>> annuity(np.array([0.0]), np.array([2.0]), 0.0)
    array([2.])
    """
    if rate == 0.0:
        return np.asarray(length, dtype=float)
    return np.asarray(np.exp(-rate * start) * -np.expm1(-rate * length) / rate)
