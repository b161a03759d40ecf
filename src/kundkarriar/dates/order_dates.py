"""Strict reading of the dates of orders: ambiguous dates are refused, never guessed."""

import datetime as dt
import re
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kundkarriar.arguments import NAME, as_shown, refusal
from kundkarriar.arrays import Mask
from kundkarriar.errors import SHOWN, DataError
from kundkarriar.frames import is_missing, nulls

ADJOINING = {
    "%Y": 4,
    "%G": 4,
    "%j": 3,
    **dict.fromkeys(("%y", "%m", "%d", "%H", "%I", "%M", "%S", "%U", "%W", "%V"), 2),
}
"""Number of digits of each directive of a format if no separator follows."""

ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?")

ONE_DIGIT = re.compile(r"\d{4}-\d{1,2}-\d{1,2}.*")
TWO_DIGITS = re.compile(r"\d{2}-\d{2}-\d{2}.*")
HINTS = (
    (ISO, 'there is no such day or time: repair them; date_format="%Y-%d-%m" reads a day before the month.'),
    (ONE_DIGIT, 'date_format="%Y-%m-%d" reads months and days of one digit.'),
    (TWO_DIGITS, 'date_format="%y-%m-%d" reads a year of two digits that comes first, "%d-%m-%y" one that comes last.'),
)
OTHERWISE = 'say how they are written: date_format="%d/%m/%Y" (day first) or "%m/%d/%Y" (month first).'
"""Hints for text that is not a date: the first pattern that matches decides."""

ZONE_HINT = 'write it as in "Europe/Stockholm" or "UTC".'

FIRST_YEAR, LAST_YEAR = 100, 9999
"""Possible years of a date: below 100 the century is missing; above 9999 `datetime` cannot hold them."""

BOUNDS = (np.datetime64("0100-01-01"), np.datetime64("9999-12-31"))


class OrderDates(NamedTuple):
    """The dates that were read, (n,) each.

    Attributes:
        date: datetime64[us] without a time zone; NaT without a date.
        unreadable: which values are not dates.
        outside: which dates lie outside the years 100 to 9999.
    """

    date: NDArray[np.datetime64]
    unreadable: Mask
    outside: Mask


def within_years(values: NDArray[np.datetime64]) -> tuple[NDArray[np.datetime64], Mask]:
    """Dates in microseconds, NaT outside the years 100 to 9999, and which dates lie outside, (n,).

    numpy silently wraps dates in seconds that overflow in microseconds, so they are removed first.

    >>> within_years(np.array(["2026-01-31", "300000-01-01"], dtype="datetime64[s]"))[1].tolist()
    [False, True]
    """
    day = values.astype("datetime64[D]")
    outside = np.asarray((day < BOUNDS[0]) | (day > BOUNDS[1]))
    if not outside.any():
        return values.astype("datetime64[us]"), outside
    return np.where(outside, np.datetime64("NaT"), values).astype("datetime64[us]"), outside


def order_dates(series: nw.Series[Any], *, date_format: str | None, time_zone: str | None) -> OrderDates:
    """Read the local date and time of each order.

    Args:
        series: dates, datetimes, text as YYYY-MM-DD with or without a time, or with `date_format` other text
            and whole numbers.
        date_format: the format of text and numbers, as for `strptime`: "%d/%m/%Y", "%Y%m%d". Numbers without a
            separator between them must have all their digits: 20240111.
        time_zone: the local time zone, for dates with a time zone: "Europe/Stockholm".

    Raises:
        DataError: numbers without `date_format`, a `date_format` that does not name a day, a time zone without
            `time_zone`, or the other way round.

    >>> given = nw.from_native(pd.Series(["2026-01-31", "31/01/2026"]), series_only=True)
    >>> order_dates(given, date_format=None, time_zone=None).unreadable.tolist()
    [False, True]
    """
    if date_format is not None:
        _check_format(date_format)
    dtype = series.dtype
    if isinstance(dtype, nw.Date) or (isinstance(dtype, nw.Datetime) and dtype.time_zone is None):
        _common_zone(series.name, aware=0, of=1, time_zone=time_zone)
        return _of_dates(as_datetimes(series))
    if isinstance(dtype, nw.Datetime):
        zone = _common_zone(series.name, aware=1, of=1, time_zone=time_zone)
        date, _, outside = _of_dates(as_datetimes(series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)))
        known = np.flatnonzero(~np.isnat(date))
        local = series[known.tolist()].dt.convert_time_zone(str(zone)).dt.replace_time_zone(None)
        date[known], outside[known] = within_years(local.to_numpy())
        return OrderDates(date, np.zeros(len(date), dtype=bool), outside)
    if dtype.is_numeric():
        return _of_numbers(series, date_format=date_format, time_zone=time_zone)
    return _of_values(series, date_format=date_format, time_zone=time_zone)


def date_hint(series: nw.Series[Any], unreadable: Mask, *, date_format: str | None) -> str:
    """The hint for unreadable dates, by the pattern of the first of them.

    >>> given = nw.from_native(pd.Series(["26-01-05"]), series_only=True)
    >>> date_hint(given, np.array([True]), date_format=None)
    'date_format="%y-%m-%d" reads a year of two digits that comes first, "%d-%m-%y" one that comes last.'
    """
    if date_format is not None:
        return f"repair them, or {OTHERWISE}"
    values = series[np.flatnonzero(unreadable)[:SHOWN].tolist()].to_list()
    texts = [value.strip() if isinstance(value, str) else "" for value in values]
    hints = [next((hint for pattern, hint in HINTS if pattern.fullmatch(text)), OTHERWISE) for text in texts]
    return " ".join(dict.fromkeys(hints)) or OTHERWISE


def _check_format(date_format: object) -> None:
    """Refuse a format that does not determine a day."""
    hint = 'write it as for strptime: date_format="%d/%m/%Y".'
    if not isinstance(date_format, str) or "%" not in date_format:
        raise refusal(date_format, "date_format", law="how dates are written", hint=hint)
    directives = set(re.findall("%(.)", date_format))
    whole = bool(directives & set("cx"))
    year = whole or bool(directives & set("YyG"))
    month_and_day = "d" in directives and bool(directives & set("mbB"))
    week_and_day = bool(directives & set("UWV")) and bool(directives & set("uwaA"))
    lacking = [] if year else ["year"]
    lacking += [] if whole or month_and_day or week_and_day or "j" in directives else ["month and day"]
    if lacking:
        raise DataError.because(
            f"`date_format` must name a day, {date_format!r} has no {' and no '.join(lacking)}.", hint=hint
        )


def _full_digits_pattern(date_format: str) -> re.Pattern[str] | None:
    """The pattern of texts with all digits, for formats with adjoining numbers; None if separators are everywhere.

    2024111 is 1 November or 11 January: "%Y%m%d" determines a day only with all digits.
    """
    parts = re.findall("%.|.", date_format, flags=re.DOTALL)
    numeric = [part in ADJOINING for part in (" ", *parts, " ")]
    adjoins = [
        this and (before or after) for before, this, after in zip(numeric, numeric[1:], numeric[2:], strict=False)
    ]
    if not any(adjoins):
        return None
    return re.compile(
        "".join(
            rf"\d{{{ADJOINING[part]}}}" if full else re.escape(part) if len(part) == 1 else ".*?"
            for part, full in zip(parts, adjoins, strict=True)
        )
    )


def as_datetimes(series: nw.Series[Any]) -> NDArray[np.datetime64]:
    """A column of dates or local times, (n,), NaT where missing; pandas stores dates without a time as objects."""
    values = series.to_numpy()
    if values.dtype.kind != "M":
        return np.array([None if is_missing(value) else value for value in values], dtype="datetime64[us]")
    return values


def _of_dates(values: NDArray[np.datetime64]) -> OrderDates:
    """Columns of dates and local times."""
    date, outside = within_years(values)
    return OrderDates(date, np.zeros(len(date), dtype=bool), outside)


def _of_numbers(series: nw.Series[Any], *, date_format: str | None, time_zone: str | None) -> OrderDates:
    """Numbers such as 20240131, which need a format."""
    if date_format is None:
        raise DataError.because(
            f"`{series.name}` holds numbers ({series.dtype}), which do not say what day they mean.",
            hint='say how they are written: date_format="%Y%m%d" reads 20240131.',
        )
    values = np.array([np.nan if v is None else v for v in series.to_list()], dtype=np.float64)
    whole = np.isfinite(values) & (values == np.floor(values))
    texts = np.full(len(values), None, dtype=object)
    texts[whole] = values[whole].astype(np.int64).astype(str)
    read = _of_texts(texts, name=series.name, date_format=date_format, time_zone=time_zone)
    return read._replace(unreadable=read.unreadable | (~whole & ~np.isnan(values)))


def _of_values(series: nw.Series[Any], *, date_format: str | None, time_zone: str | None) -> OrderDates:
    """Text, or Python dates in a column of objects."""
    values = _objects(series.to_list())
    given = ~nulls(series)
    is_text = np.array([isinstance(value, str) for value in values], dtype=bool)
    is_date = given & np.array([isinstance(value, dt.date) for value in values], dtype=bool)
    if not is_date.any():
        blank = np.array([isinstance(value, str) and not value.strip() for value in values], dtype=bool)
        texts = values.copy()
        texts[~is_text | blank] = None
        read = _of_texts(texts, name=series.name, date_format=date_format, time_zone=time_zone)
        return read._replace(unreadable=read.unreadable | (given & ~is_text))
    aware = np.array([isinstance(each, dt.datetime) and each.tzinfo is not None for each in values], dtype=bool) & given
    zone = _common_zone(series.name, aware=int(aware.sum()), of=int(is_date.sum()), time_zone=time_zone)
    date = np.full(len(values), np.datetime64("NaT", "us"))
    outside = np.zeros(len(values), dtype=bool)
    for at in np.flatnonzero(is_date):
        try:
            value = values[at] if zone is None else values[at].astimezone(zone).replace(tzinfo=None)
        except OverflowError:  # the last evening of 9999 in UTC lies in the year 10000 further east
            outside[at] = True
            continue
        outside[at] = not FIRST_YEAR <= value.year <= LAST_YEAR
        if not outside[at]:
            date[at] = np.datetime64(value.isoformat(), "us")
    return OrderDates(date, given & ~is_date, outside)


def _objects(values: list[Any]) -> NDArray[Any]:
    """An array of Python objects, (n,)."""
    try:
        return np.array([*values, None], dtype=object)[:-1]
    except Exception:  # noqa: BLE001 - numpy asks foreign objects whether they are arrays, and they raise
        made = np.empty(len(values), dtype=object)
        for at, value in enumerate(values):
            made[at] = value
        return made


def _of_texts(texts: NDArray[Any], *, name: str, date_format: str | None, time_zone: str | None) -> OrderDates:
    """Text or None; each distinct text is read once, because days repeat."""
    codes, distinct = pd.factorize(texts)
    unique = pd.Series(list(distinct), dtype=object)
    if date_format is None:
        match = [ISO.fullmatch(text) for text in unique]
        readable = np.array([each is not None for each in match], dtype=bool)
        aware = sum(each is not None and each.group(1) is not None for each in match)
        how = "ISO8601"
    else:
        full = _full_digits_pattern(date_format)
        readable = np.array([full is None or full.fullmatch(text.strip()) is not None for text in unique], dtype=bool)
        aware = int("%z" in date_format or "%Z" in date_format) * int(readable.sum())
        how = date_format
    zone = _common_zone(name, aware=aware, of=int(readable.sum()), time_zone=time_zone)
    read = pd.to_datetime(unique[readable], format=how, errors="coerce", utc=zone is not None)
    if zone is not None:
        read = read.dt.tz_convert(zone).dt.tz_localize(None)
    dates = np.full(len(unique) + 1, np.datetime64("NaT", "us"))  # the last one is for None, code -1
    beyond = np.zeros(len(dates), dtype=bool)
    dates[:-1][readable], beyond[:-1][readable] = within_years(read.to_numpy())
    date, outside = dates[codes], beyond[codes]
    return OrderDates(date, np.isnat(date) & ~outside & (codes >= 0), outside)


def _common_zone(name: str, *, aware: int, of: int, time_zone: str | None) -> ZoneInfo | None:
    """The time zone to convert to; None if no date has one. A mixture is refused."""
    if not aware:
        if of and time_zone is not None:
            raise DataError.because(
                f"`{name}` carries no time zone, so there is nothing to convert to {as_shown(time_zone)}.",
                hint="leave time_zone out if the dates are local; else set their zone in the frame first.",
            )
        return None
    if aware < of:
        raise DataError.because(
            f"`{name}` mixes dates with and without a time zone: {aware:,} of {of:,} different ones have one.",
            hint="bring them to one form first.",
        )
    if time_zone is None:
        raise DataError.because(
            f"`{name}` carries a time zone, and a purchase day is a local day.",
            hint='say where: time_zone="Europe/Stockholm".',
        )
    try:
        return ZoneInfo(NAME.read(time_zone, "time_zone", hint=ZONE_HINT))
    except (ZoneInfoNotFoundError, OSError, ValueError):  # folders of zones, as "Europe", cannot be opened
        raise refusal(time_zone, "time_zone", law="the name of a time zone", hint=ZONE_HINT) from None
