"""A seasonal index from the purchases between each customer's first and last.

Given when a customer first and last bought, and how often in between, those purchases fall independently with density
s(t) / (W(last) - W(first)): in every model of Poisson purchases, whatever the customer's rate, however many come in and
whenever they leave. So growth and dropout, which bend the monthly sums of a shop, are not in this likelihood at all:

    l(theta) = sum of theta at each such purchase - sum over customers of n ln(sum over months of days exp(theta)),

with theta the log index of the twelve months and `days` those strictly between the first and the last purchase. It is
concave. Not seen by it: rates of customers that change with age. Taken lightly: a day holds one purchase at most, so
who buys nearly daily has a flatter season than it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kundkarriar.season.warped_time import MONTH_DAYS, month_of, normal_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SPREADS = np.geomspace(0.01, 1.0, 25)
"""Standard deviations that the log index may have over the months: a hundredth to a factor of e, evenly in logs."""

STEPS = 50
SMALL = 1e-9


@frozen(kw_only=True, eq=False)
class SeasonalIndex:
    """An estimated index.

    Attributes:
        index: mean 1 over the days of a common year, (12,); 0 where closed.
        std_error: of the index, with shops' years that differ by more than chance counted in, (12,).
        purchases: how many purchases each month was seen by, (12,).
        scatter: variance of the monthly counts over that of Poisson counts, at least 1.
    """

    index: Array
    std_error: Array
    purchases: NDArray[np.int64]
    scatter: float


def seasonal_index(
    *, first: NDArray[np.int64], last: NDArray[np.int64], day: NDArray[np.int64], who: NDArray[np.int64], closed: Array
) -> SeasonalIndex:
    """The index under which the purchases between first and last fall as they did, shrunk towards a flat one.

    Args:
        first: day of each customer's first purchase, since 1970-01-01, (n,).
        last: day of the last, (n,).
        day: day of each purchase between the two, (m,).
        who: its customer, a position in `first`, (m,).
        closed: 1 for months in which nothing can be bought, else 0, (12,).
    """
    between = np.bincount(who, minlength=len(first)).astype(float)
    begun, ended, count = _alike(first, last, between)
    open_months = np.flatnonzero(closed == 0)
    days = _days_between(begun, ended)[:, open_months]
    counts = np.bincount(month_of(day), minlength=12)
    theta, slope, information = _top(counts[open_months].astype(float), days, count)
    full = np.zeros(12)
    full[open_months] = np.exp(theta)
    scatter = _scatter(day, begun, ended, count, index=full, months=len(open_months))
    mean, covariance = _shrunk(information / scatter, (information @ theta + slope) / scatter)
    index = np.zeros(12)
    index[open_months] = np.exp(mean)
    index = normal_index(index)
    s = index[open_months]
    turn = np.diag(s) - np.outer(s, MONTH_DAYS[0][open_months] * s) / 365.0
    std_error = np.zeros(12)
    std_error[open_months] = np.sqrt(np.maximum(np.diag(turn @ covariance @ turn.T), 0.0))
    return SeasonalIndex(index=index, std_error=std_error, purchases=counts.astype(np.int64), scatter=scatter)


def _alike(
    first: NDArray[np.int64], last: NDArray[np.int64], between: Array
) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Each different pair of first and last day once, with the purchases in between."""
    span = int(last.max()) + 1 - int(first.min())
    key, place = np.unique((first - first.min()) * span + (last - first.min()), return_inverse=True)
    opened = first.min()
    return key // span + opened, key % span + opened, np.bincount(place, weights=between).astype(float)


def _days_between(first: NDArray[np.int64], last: NDArray[np.int64]) -> Array:
    """Days of each month of the year strictly between `first` and `last`, (n, 12)."""
    opened = int(first.min())
    every = np.arange(opened, int(last.max()) + 1)
    passed = np.zeros((len(every) + 1, 12))
    passed[np.arange(1, len(every) + 1), month_of(every)] = 1.0
    passed = np.cumsum(passed, axis=0)
    return np.asarray(passed[last - opened] - passed[first + 1 - opened])


def _top(counts: Array, days: Array, between: Array) -> tuple[Array, Array, Array]:
    """Where the likelihood is highest, its slope and information there.

    A normal of the widest of `SPREADS` holds a month that nobody bought in away from minus infinity.
    """
    hold = 1.0 / SPREADS[-1] ** 2
    theta = np.zeros(len(counts))

    def height(at: Array) -> float:
        return float(counts @ at - between @ np.log(days @ np.exp(at)) - hold * at @ at / 2)

    for _ in range(STEPS):
        share = days * np.exp(theta)
        share /= share.sum(axis=1, keepdims=True)
        expected = between @ share
        slope = counts - expected
        information = np.diag(expected) - (share * between[:, None]).T @ share
        step = np.linalg.solve(information + hold * np.eye(len(theta)), slope - hold * theta)
        while height(theta + step) < height(theta) - SMALL * abs(height(theta)):
            step = step / 2
        theta = theta + step
        if np.abs(step).max() < SMALL:
            break
    return theta, slope, information


def _scatter(
    day: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    between: Array,
    *,
    index: Array,
    months: int,
) -> float:
    """How much more the purchases of a month of a year scatter than Poisson counts would, at least 1.

    Months that stand out in one year and not in the next show here, and widen the standard errors.
    """
    opened = int(first.min())
    every = np.arange(opened, int(last.max()) + 1)
    speed = index[month_of(every)]
    passed = np.concatenate([[0.0], np.cumsum(speed)])
    from_, to = first + 1 - opened, last - opened
    pace = between / (passed[to] - passed[from_])
    rate = np.cumsum(
        np.bincount(from_, weights=pace, minlength=len(every)) - np.bincount(to, weights=pace, minlength=len(every))
    )
    cell = every.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    cell = cell - cell[0]
    expected = np.bincount(cell, weights=rate * speed)
    seen = np.bincount(cell[day - opened], minlength=len(expected))
    some = expected > 1.0  # Pearson's ratio of a nearly empty month is noise over nothing
    free = int(some.sum()) - months + 1
    return max(1.0, float(((seen - expected)[some] ** 2 / expected[some]).sum() / free)) if free > 0 else 1.0


def _shrunk(information: Array, pull: Array) -> tuple[Array, Array]:
    """Mean and covariance of the log index, whose months scatter normally round 0 with a spread that is not known.

    The spread is averaged over, `SPREADS` being equally likely before the data: where these say little, the index
    is nearly flat, and the standard errors keep what the spread might be.
    """
    k = len(pull)
    precision = information[None] + np.eye(k)[None] / SPREADS[:, None, None] ** 2
    covariance = np.linalg.inv(precision)
    mean = covariance @ pull
    weight = mean @ pull / 2 - np.linalg.slogdet(precision)[1] / 2 - k * np.log(SPREADS)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    middle = weight @ mean
    off = mean - middle
    return middle, np.einsum("s,sij->ij", weight, covariance) + (weight[:, None] * off).T @ off
