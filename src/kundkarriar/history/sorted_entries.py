"""Counts, sums and means of each customer's dated entries within a window, by binary search on integer keys."""

import numpy as np

from kundkarriar.arrays import Array, Whole

SPAN = 2**23
"""Number of days per customer in a key: the years 1 to 9999, with 1970 in the middle."""


def keys(*, code: Whole, day: Whole) -> Whole:
    """One integer key per entry, (m,), which sorts by customer `code`, then day."""
    return code * SPAN + day + SPAN // 2


def days(keys: Whole) -> Whole:
    """The day of each key, (m,).

    >>> days(keys(code=np.array([0, 2]), day=np.array([-1, 3]))).tolist()
    [-1, 3]
    """
    return keys % SPAN - SPAN // 2


def codes(keys: Whole) -> Whole:
    """The customer of each key, (m,).

    >>> codes(keys(code=np.array([0, 2]), day=np.array([-1, 3]))).tolist()
    [0, 2]
    """
    return keys // SPAN


def ends(*, keys: Whole, n: int, day: int) -> Whole:
    """Position after each customer's last entry up to and including `day`, among all entries, (n,).

    >>> entries = keys(code=np.array([0, 0, 2]), day=np.array([1, 5, 3]))
    >>> ends(keys=entries, n=3, day=4).tolist()
    [1, 2, 3]
    """
    return np.searchsorted(keys, np.arange(n) * SPAN + day + SPAN // 2, side="right").astype(np.int64)


def starts(*, keys: Whole, n: int) -> Whole:
    """Position of each customer's first entry among all entries, (n,)."""
    return np.searchsorted(keys, np.arange(n) * SPAN).astype(np.int64)


def first_days(*, keys: Whole, n: int, none: int) -> Whole:
    """The day of each customer's first entry, (n,); `none` for customers without an entry.

    >>> entries = keys(code=np.array([0, 0, 2]), day=np.array([1, 5, 3]))
    >>> first_days(keys=entries, n=3, none=-1).tolist()
    [1, -1, 3]
    """
    at = starts(keys=keys, n=n + 1)
    answer = np.full(n, none, dtype=np.int64)
    some = at[1:] > at[:-1]
    answer[some] = days(keys[at[:-1][some]])
    return answer


def sums(*, values: Array, start: Whole, end: Whole) -> Array:
    """The sum of `values[start:end]` for each customer, (n,); 0 where the window is empty.

    Each sum is computed on its own and not as a difference of cumulative sums, so the rounding of one customer's sum
    does not depend on the other customers.

    >>> sums(values=np.array([1.0, 2.0, 4.0]), start=np.array([0, 1, 2]), end=np.array([2, 1, 3]))
    array([3., 0., 4.])
    """
    answer = np.zeros(len(start))
    some = np.flatnonzero(end > start)
    edges = np.stack([start[some], end[some]], axis=1).ravel()
    if len(some):
        answer[some] = np.add.reduceat(np.append(values, 0.0), edges)[::2]
    return answer


def means(*, values: Array, start: Whole, end: Whole) -> Array:
    """The mean of `values[start:end]` for each customer, (n,); NaN where the window is empty.

    >>> means(values=np.array([1.0, 2.0, 4.0]), start=np.array([0, 1, 2]), end=np.array([2, 1, 3]))
    array([1.5, nan, 4. ])
    """
    count = end - start
    return np.where(count > 0, sums(values=values, start=start, end=end) / np.maximum(count, 1), np.nan)


def latest_means(*, keys: Whole, values: Array, start: Whole, end: Whole) -> Array:
    """Mean of the values on the last day in `start:end` for each customer, (n,); NaN where the window is empty.

    >>> entries = keys(code=np.array([0, 0, 0]), day=np.array([1, 5, 5]))
    >>> latest_means(keys=entries, values=np.array([9.0, 1.0, 2.0]), start=np.array([0]), end=np.array([3]))
    array([1.5])
    """
    some = end > start
    first = start.copy()
    first[some] = np.searchsorted(keys, keys[end[some] - 1])
    return means(values=values, start=first, end=end)


def accumulate_by_customer(ufunc: np.ufunc, values: Array, starts: Whole) -> Array:
    """`ufunc.accumulate` within each customer's values (a segmented scan by doubling steps), (m,).

    Each pass combines values twice as far apart, so the result of a customer depends on that customer's values alone. A
    difference of cumulative sums over all customers takes one pass, but leaves rounding errors of all customers' money.
    `starts` are the positions of each customer's first value, and at the end m, (n + 1,).

    >>> accumulate_by_customer(np.add, np.array([1.0, 2.0, 5.0, 1.0]), np.array([0, 2, 4]))
    array([1., 3., 5., 6.])
    """
    answer = values.copy()
    rank = np.arange(len(values)) - np.repeat(starts[:-1], np.diff(starts))
    at = np.flatnonzero(rank >= 1)
    step = 1
    while len(at):
        answer[at] = ufunc(answer[at], answer[at - step])
        step *= 2
        at = at[rank[at] >= step]
    return answer
