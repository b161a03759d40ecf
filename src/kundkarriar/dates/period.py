"""Periods of time in days, weeks, months or years, read from text such as "12M", and reading of dates."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import POSITIVE, Text, refusal, to_float
from kundkarriar.dates.calendar_months import months_on
from kundkarriar.errors import DataError

DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}
MONTHS = {"M": 1, "Y": 12}
"""The units that step through the calendar by months; the others are days."""
UNIT = Text(among=tuple(DAYS), example="W")
"""The law of a unit."""
NAMES = {"D": "day", "W": "week", "M": "month", "Y": "year"}

LONGEST_DAYS = 10_000 * 365.25

SPAN = re.compile(rf"\s*(\d+(?:\.\d+)?)?\s*([{''.join(DAYS)}])\s*")

ISO_DAY = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}(?::\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?P<zone>Z|[+-]\d{2}(?::?\d{2}){0,2})?)?"
)
"""A date in ISO format, with an optional time and offset from UTC."""


@frozen
class Period:
    """A span of time with its unit: 12 months, 52 weeks.

    A week has 7 days, a month 365.25 / 12 and a year 365.25 days. A fraction of a month has a length, but cannot step
    through the calendar.

    >>> Period.of("12M").in_units("W").__round__(3)
    52.179
    >>> str(Period.of("52W"))
    '52 weeks'
    """

    count: float = field(converter=to_float, validator=POSITIVE)
    unit: str = field(validator=UNIT)

    @classmethod
    def of(cls, text: Any) -> Period:
        """Read "12M", "52W", "90D", "1Y", or a unit alone ("W").

        Raises:
            DataError: not a positive number with one of those units.
        """
        return as_period(text, name="text")

    @property
    def months(self) -> float | None:
        """The number of calendar months; None for a span of days or weeks."""
        return self.count * MONTHS[self.unit] if self.unit in MONTHS else None

    @property
    def days(self) -> float:
        """Length in days."""
        return self.count * DAYS[self.unit]

    @property
    def years(self) -> float:
        """Length in years of 365.25 days."""
        return self.days / DAYS["Y"]

    def in_units(self, unit: str) -> float:
        """Length in periods of `unit`."""
        return self.days / DAYS[UNIT.read(unit, "unit")]

    def before(self, day: np.datetime64) -> np.datetime64:
        """The day that lies this period before `day`.

        Months and years step through the calendar: the last day of a month leads to the last day of a month, another
        day to the same day of the month, or to the last day of a shorter month. So spans up to a month end are calendar
        months.

        Raises:
            DataError: a fraction of a month, less than a day, or more than 10,000 years.

        >>> Period.of("12M").before(np.datetime64("1998-06-30"))
        np.datetime64('1997-06-30')
        >>> Period.of("3M").before(np.datetime64("1998-06-30"))
        np.datetime64('1998-03-31')
        >>> Period.of("3M").before(np.datetime64("1998-06-29"))
        np.datetime64('1998-03-29')
        """
        return self._step(day, -1)

    def after(self, day: np.datetime64) -> np.datetime64:
        """The day that lies this period after `day`, with the steps of `before`.

        Raises:
            DataError: a fraction of a month, or less than a day.

        >>> Period.of("12M").after(np.datetime64("2023-02-28"))
        np.datetime64('2024-02-29')
        """
        return self._step(day, 1)

    def within_calendar(self) -> Period:
        """The span itself.

        Raises:
            DataError: more than 10,000 years.
        """
        if self.days > LONGEST_DAYS:
            raise DataError.because(f"{self} leads out of the calendar.", hint="write 9,999 years or less.")
        return self

    def _step(self, day: np.datetime64, sign: int) -> np.datetime64:
        day, months = as_day(day, name="day"), self.within_calendar().months
        if months is None:
            if self.days < 1:
                raise DataError.because(
                    f"{self} is less than a day: no other day lies that far away.", hint='write "1D" or more.'
                )
            return day + sign * np.timedelta64(round(self.days), "D")
        if not math.isclose(months, round(months), abs_tol=1e-9) or round(months) < 1:
            raise DataError.because(
                f"{self} cannot step through the calendar: months have no fractions there.",
                hint=f'count in days or weeks: "{max(round(self.days), 1)}D".',
            )
        return np.datetime64(int(months_on(day_number(day), sign * round(months))), "D")

    def __str__(self) -> str:
        return f"{self.count:g} {NAMES[self.unit]}{'s' if self.count != 1 else ''}"


def as_period(text: Any, *, name: str) -> Period:
    """The argument `name` as a span of time; see `Period.of`."""
    if isinstance(text, Period):
        return text
    match = SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None or not 0 < float(match.group(1) or 1) < math.inf:
        law = "a span of time: a number above 0, then D, W, M or Y"
        raise refusal(text, name, law=law, hint='write "12M" or "90D".')
    return Period(float(match.group(1) or 1), match.group(2))


def day_number(day: np.datetime64) -> int:
    """Days since 1970-01-01."""
    return int(day.astype("datetime64[D]").astype(np.int64))


def as_day(value: Any, *, name: str) -> np.datetime64:
    """Convert text (YYYY-MM-DD, with or without a time), date, datetime or Timestamp to a day.

    Raises:
        DataError: text in another format, a number, None, or a date with a time zone.

    >>> as_day("1998-06-30T12:00", name="as_of")
    np.datetime64('1998-06-30')
    """
    plain = value.isoformat() if isinstance(value, date) else value
    if isinstance(plain, np.datetime64):
        plain = str(plain)
    match = ISO_DAY.fullmatch(plain) if isinstance(plain, str) else None
    if match is not None and match["zone"]:
        hint = f'write the day where the customers are: {name}="{match[1]}".'
        raise refusal(value, name, law="a local day, without a time zone", hint=hint)
    if match is not None:
        try:
            np.datetime64(plain[: len("1998-06-30T12:00:00")])  # refuses a 31st of June and an hour 25
            return np.datetime64(match[1], "D")
        except ValueError:
            pass
    raise refusal(value, name, law="a date", hint=f'write {name}="2026-10-31" (year-month-day).')


def is_day(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Validator of a day as text: "1998-06-30"."""
    if (day := str(as_day(value, name=attribute.name))) != value:
        raise refusal(value, attribute.name, law="a day as text", hint=f'write {attribute.name}="{day}".')


def is_span(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Validator of a span of time as text that can step through the calendar, "3M", or None."""
    if value is not None:
        as_period(value, name=attribute.name).after(np.datetime64("2000-01-01"))  # raises where it cannot step
