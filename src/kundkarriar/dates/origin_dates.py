"""The dates of forecast origins before the end of the data."""

import numpy as np

from kundkarriar.dates.period import Period
from kundkarriar.errors import DataError


def origin_dates(
    begin: np.datetime64, end: np.datetime64, *, horizon: str, count: int, every: str | None = None
) -> tuple[np.datetime64, ...]:
    """The dates of `count` origins, from the latest on, which is one horizon before `end`.

    They are `every` span apart, half a `horizon` (in whole days) unless it is given. Months step through the calendar
    from the latest origin, so that month ends stay month ends.

    Raises:
        DataError: an origin is not after `begin`, the first day of the data.

    >>> dates = origin_dates(np.datetime64("1997-01-01"), np.datetime64("1998-06-30"), horizon="6M", count=2)
    >>> [str(each) for each in dates]
    ['1997-12-31', '1997-10-01']
    >>> dates = origin_dates(
    ...     np.datetime64("1997-01-01"), np.datetime64("1998-06-30"), horizon="6M", count=4, every="1M"
    ... )
    >>> [str(each) for each in dates]
    ['1997-12-31', '1997-11-30', '1997-10-31', '1997-09-30']
    """
    span = Period.of(horizon)
    latest, apart = span.before(end), Period(max(round(span.days / 2), 1), "D") if every is None else Period.of(every)
    back = (Period(number * apart.count, apart.unit) for number in range(1, count))
    origins = (latest, *(each.before(latest) for each in back))
    closer = "" if every is None else f", or origins closer together (now every {every!r})"
    for origin in origins:
        if origin <= begin:
            raise DataError.because(
                f"an origin at {origin} lies before the data, which begin on {begin}.",
                hint=f"fewer origins (now {count}) or a shorter horizon (now {horizon!r}){closer}.",
            )
    return origins
