"""Steps of whole days or months through the calendar: anniversaries of a start day, and their number up to a day."""

from typing import Any

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.dates.calendar_months import month_of, months_on
from kundkarriar.dates.period import Period, as_period
from kundkarriar.errors import DataError


def calendar_step(every: Any, *, name: str = "every") -> Period:
    """Read the length of a step: whole days or whole months.

    Raises:
        DataError: not a span of time, or a fraction of a day or of a month.

    >>> calendar_step("3M").count
    3.0
    """
    span = as_period(every, name=name).within_calendar()
    size = span.days if span.months is None else span.months
    if abs(size - round(size)) > 1e-9 or round(size) < 1:
        part = "day" if span.months is None else "month"
        raise DataError.because(
            f"`{name}` must be whole {part}s, got {span}: no calendar is cut into parts of a {part}.",
            hint=f'write {name}="1Y", "1M", "4W" or "90D".',
        )
    return span


def step_text(every: Period) -> str:
    """A span as text, as it is typed.

    >>> step_text(Period.of("1Y")), step_text(Period.of("90D"))
    ('Y', '90D')
    """
    return every.unit if every.count == 1 else f"{every.count:g}{every.unit}"


def add_steps(day: Any, steps: Any, *, every: Period) -> Whole:
    """The day `steps` steps after each `day` since 1970-01-01; the last day of a shorter month.

    >>> add_steps(np.array([30]), 1, every=Period.of("1M")).astype("datetime64[D]")
    array(['1970-02-28'], dtype='datetime64[D]')
    """
    day, steps = np.asarray(day, np.int64), np.asarray(steps, np.int64)
    if every.months is None:
        return np.asarray(day + steps * round(every.days), np.int64)
    return months_on(day, steps * round(every.months), to_last=False)


def steps_between(start: Any, until: Any, *, every: Period) -> Whole:
    """Number of whole steps from `start` to `until`, negative if `until` is earlier; days since 1970-01-01.

    >>> steps_between(np.array([30, 30]), np.array([57, 58]), every=Period.of("1M"))
    array([0, 1])
    """
    start, until = np.asarray(start, np.int64), np.asarray(until, np.int64)
    if every.months is None:
        return np.asarray((until - start) // round(every.days), np.int64)
    months = month_of(until) - month_of(start)
    steps = months // round(every.months)  # the last of these may end after `until`
    return np.asarray(steps - (add_steps(start, steps, every=every) > until), np.int64)
