"""The dates of forecast origins before the end of the data."""

import numpy as np

from kundkarriar.dates.period import Period
from kundkarriar.errors import DataError


def origin_dates(begin: np.datetime64, end: np.datetime64, *, horizon: str, count: int) -> tuple[np.datetime64, ...]:
    """The dates of `count` origins, half a `horizon` apart, from the latest on, which is one horizon before `end`.

    Raises:
        DataError: an origin is not after `begin`, the first day of the data.

    >>> dates = origin_dates(np.datetime64("1997-01-01"), np.datetime64("1998-06-30"), horizon="6M", count=2)
    >>> [str(each) for each in dates]
    ['1997-12-31', '1997-10-01']
    """
    span = Period.of(horizon)
    latest, apart = span.before(end), np.timedelta64(max(round(span.days / 2), 1), "D")
    origins = tuple(latest - back * apart for back in range(count))
    for origin in origins:
        if origin <= begin:
            raise DataError.because(
                f"an origin at {origin} lies before the data, which begin on {begin}.",
                hint=f"fewer origins (now {count}) or a shorter horizon (now {horizon!r}).",
            )
    return origins
