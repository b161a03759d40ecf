"""Detection of outlying days: days far from the bulk of a history, such as typing errors in the year."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.distinct_days import distinct_days

TWENTY_YEARS = 20 * 366
"""Days between two dates of a history that are never considered far."""

NO_DAYS = np.empty(0, dtype=np.int64)


def outlying_days(day: Whole, *, among: Whole = NO_DAYS) -> Mask:
    """Which days lie further from the bulk than the bulk is long, and more than twenty years, (n,).

    The bulk is the stretch without gaps of more than twenty years that holds most of the days; without a majority no
    day is outlying.

    Args:
        day: days since 1970-01-01, one per row, (n,).
        among: further days of the same history, which are not judged, (m,).

    >>> days = np.array(["1926-01-05", "2024-01-05", "2026-01-05"], dtype="datetime64[D]").astype(np.int64)
    >>> outlying_days(days).tolist(), outlying_days(days[:1], among=days[1:]).tolist()
    ([True, False, False], [True])
    """
    all_days = np.concatenate([day, among])
    if not len(all_days) or all_days.max() - all_days.min() <= TWENTY_YEARS:
        return np.zeros(len(day), dtype=bool)
    return far_from_bulk(day, *distinct_days(all_days))


def far_from_bulk(day: Whole, distinct: Whole, count: Whole) -> Mask:
    """Which days are far from the bulk of the `distinct` days, each of which occurs `count` times, (n,)."""
    stretch = np.cumsum(np.diff(distinct, prepend=distinct[:1]) > TWENTY_YEARS)
    size = np.bincount(stretch, weights=count)
    if len(size) < 2 or size.max() * 2 <= count.sum():
        return np.zeros(len(day), dtype=bool)
    bulk = distinct[stretch == size.argmax()]
    reach = max(TWENTY_YEARS, int(bulk[-1] - bulk[0]))
    return np.asarray((day < bulk[0] - reach) | (day > bulk[-1] + reach))
