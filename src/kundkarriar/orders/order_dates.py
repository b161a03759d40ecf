"""Dates of orders, read strictly: what could mean two days is refused, never guessed."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from kundkarriar.errors import SHOWN, DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ADJOINING = {
    "%Y": 4,
    "%G": 4,
    "%j": 3,
    **dict.fromkeys(("%y", "%m", "%d", "%H", "%I", "%M", "%S", "%U", "%W", "%V"), 2),
}
"""How many digits each directive of a format has where nothing separates it from the next."""

ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?")

ONE_DIGIT = re.compile(r"\d{4}-\d{1,2}-\d{1,2}.*")
TWO_DIGITS = re.compile(r"\d{2}-\d{2}-\d{2}.*")
HINTS = (
    (ISO, 'there is no such day or time: repair them; date_format="%Y-%d-%m" reads a day before the month.'),
    (ONE_DIGIT, 'date_format="%Y-%m-%d" reads months and days of one digit.'),
    (
        TWO_DIGITS,
        'date_format="%y-%m-%d" reads a year of two digits that comes first, "%d-%m-%y" one that comes last.',
    ),
)
OTHERWISE = 'say how they are written: date_format="%d/%m/%Y" (day first) or "%m/%d/%Y" (month first).'
"""What to type for text that is no date, by what it looks like: the first that fits."""

FIRST_YEAR, LAST_YEAR = 100, 9999
"""Years in which a date can lie: below 100 a century is missing, and beyond 9999 no calendar goes."""

BOUNDS = (np.datetime64("0100-01-01"), np.datetime64("9999-12-31"))


class OrderDates(NamedTuple):
    """Dates as they were read, (n,) each.

    Attributes:
        date: datetime64[us] without a time zone; NaT where there is none.
        unreadable: which are no dates.
        outside: which lie outside the years 100 to 9999.
    """

    date: NDArray[np.datetime64]
    unreadable: NDArray[np.bool_]
    outside: NDArray[np.bool_]


def within_years(values: NDArray[np.datetime64]) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Dates in microseconds, NaT outside the years 100 to 9999; and which those are, (n,).

    Whole seconds reach far beyond what microseconds can count, and numpy converts them without a word to other dates.

    >>> within_years(np.array(["2026-01-31", "300000-01-01"], dtype="datetime64[s]"))[1].tolist()
    [False, True]
    """
    day = values.astype("datetime64[D]")
    outside = np.asarray((day < BOUNDS[0]) | (day > BOUNDS[1]))
    if not outside.any():
        return values.astype("datetime64[us]"), outside
    return np.where(outside, np.datetime64("NaT"), values).astype("datetime64[us]"), outside


def order_dates(series: nw.Series[Any], *, date_format: str | None, time_zone: str | None) -> OrderDates:
    """The local date and time of each order.

    Args:
        series: dates, datetimes, text as YYYY-MM-DD with or without a time, or with `date_format` other text
            and whole numbers.
        date_format: how text and numbers are written, as for `strptime`: "%d/%m/%Y", "%Y%m%d". Numbers that
            adjoin must be written with all their digits: 20240111.
        time_zone: where "local" is, for dates that carry a time zone: "Europe/Stockholm".

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
        _refuse_zone(series.name, time_zone)
        return _of_dates(series.to_numpy())
    if isinstance(dtype, nw.Datetime):
        zone, utc = _zone(series.name, time_zone), series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        date, _, outside = _of_dates(utc.to_numpy())
        known = np.flatnonzero(~np.isnat(date))
        local = series[known.tolist()].dt.convert_time_zone(zone).dt.replace_time_zone(None)
        date[known], outside[known] = within_years(local.to_numpy())
        return OrderDates(date, np.zeros(len(date), dtype=bool), outside)
    if dtype.is_numeric():
        return _of_numbers(series, date_format=date_format, time_zone=time_zone)
    return _of_values(series, date_format=date_format, time_zone=time_zone)


def how_to_read(series: nw.Series[Any], unreadable: NDArray[np.bool_], *, date_format: str | None) -> str:
    """The hint for dates that are unreadable, by what the first of them look like.

    >>> given = nw.from_native(pd.Series(["26-01-05"]), series_only=True)
    >>> how_to_read(given, np.array([True]), date_format=None)
    'date_format="%y-%m-%d" reads a year of two digits that comes first, "%d-%m-%y" one that comes last.'
    """
    if date_format is not None:
        return f"repair them, or {OTHERWISE}"
    texts = [str(value).strip() for value in series[np.flatnonzero(unreadable)[:SHOWN].tolist()].to_list()]
    hints = [next((hint for look, hint in HINTS if look.fullmatch(text)), OTHERWISE) for text in texts]
    return " ".join(dict.fromkeys(hints)) or OTHERWISE


def _check_format(date_format: object) -> None:
    """Refuse a format that leaves open which day is meant."""
    hint = 'write it as for strptime: date_format="%d/%m/%Y".'
    if not isinstance(date_format, str) or "%" not in date_format:
        raise DataError.because(f"`date_format` says how dates are written, got {date_format!r}.", hint=hint)
    said = set(re.findall("%(.)", date_format))
    whole = bool(said & set("cx"))
    year = whole or bool(said & set("YyG"))
    month_and_day = "d" in said and bool(said & set("mbB"))
    week_and_day = bool(said & set("UWV")) and bool(said & set("uwaA"))
    lacking = [] if year else ["year"]
    lacking += [] if whole or month_and_day or week_and_day or "j" in said else ["month and day"]
    if lacking:
        raise DataError.because(
            f"`date_format` must name a day, {date_format!r} has no {' and no '.join(lacking)}.", hint=hint
        )


def _written_in_full(date_format: str) -> re.Pattern[str] | None:
    """What texts look like where numbers of the format adjoin; None where something always separates them.

    2024111 is 1 November or 11 January: only with all digits written does "%Y%m%d" mean one day.
    """
    parts = re.findall("%.|.", date_format, flags=re.DOTALL)
    numeric = [part in ADJOINING for part in (" ", *parts, " ")]
    adjoins = [
        here and (before or after) for before, here, after in zip(numeric, numeric[1:], numeric[2:], strict=False)
    ]
    if not any(adjoins):
        return None
    return re.compile(
        "".join(
            rf"\d{{{ADJOINING[part]}}}" if full else re.escape(part) if len(part) == 1 else ".*?"
            for part, full in zip(parts, adjoins, strict=True)
        )
    )


def _of_dates(values: NDArray[Any]) -> OrderDates:
    """Dates that are dates already; pandas keeps those without a time as objects."""
    if values.dtype.kind != "M":
        values = values.astype("datetime64[D]")
    date, outside = within_years(values)
    return OrderDates(date, np.zeros(len(date), dtype=bool), outside)


def _of_numbers(series: nw.Series[Any], *, date_format: str | None, time_zone: str | None) -> OrderDates:
    """Numbers such as 20240131, which mean a day only with a format."""
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
    """Text, or Python's own dates in a column of objects."""
    values = np.array([*series.to_list(), None], dtype=object)[:-1]
    given = ~pd.isna(values)
    is_text = np.array([isinstance(value, str) for value in values], dtype=bool)
    is_date = given & np.array([isinstance(value, dt.date) for value in values], dtype=bool)
    if not is_date.any():
        blank = np.array([isinstance(value, str) and not value.strip() for value in values], dtype=bool)
        texts = values.copy()
        texts[~is_text | blank] = None
        read = _of_texts(texts, name=series.name, date_format=date_format, time_zone=time_zone)
        return read._replace(unreadable=read.unreadable | (given & ~is_text))
    aware = np.array([getattr(value, "tzinfo", None) is not None for value in values], dtype=bool) & given
    zone = _one_kind(series.name, aware=int(aware.sum()), of=int(is_date.sum()), time_zone=time_zone)
    date = np.full(len(values), np.datetime64("NaT", "us"))
    outside = np.zeros(len(values), dtype=bool)
    for at in np.flatnonzero(is_date):
        try:
            value = values[at] if zone is None else values[at].astimezone(zone).replace(tzinfo=None)
        except OverflowError:  # the last evening of 9999 in Greenwich is no day further east
            outside[at] = True
            continue
        outside[at] = not FIRST_YEAR <= value.year <= LAST_YEAR
        if not outside[at]:
            date[at] = np.datetime64(value.isoformat(), "us")
    return OrderDates(date, given & ~is_date, outside)


def _of_texts(texts: NDArray[Any], *, name: str, date_format: str | None, time_zone: str | None) -> OrderDates:
    """Text or None; each different text is read once, because days repeat."""
    codes, found = pd.factorize(texts)
    if not len(found):
        none = np.zeros(len(texts), dtype=bool)
        return OrderDates(np.full(len(texts), np.datetime64("NaT", "us")), none, none.copy())
    different = pd.Series(list(found), dtype=object)
    if date_format is None:
        match = [ISO.fullmatch(text) for text in different]
        readable = np.array([one is not None for one in match])
        aware = sum(one is not None and one.group(1) is not None for one in match)
        how = "ISO8601"
    else:
        full = _written_in_full(date_format)
        readable = np.array([full is None or full.fullmatch(text.strip()) is not None for text in different])
        aware = int("%z" in date_format or "%Z" in date_format) * int(readable.sum())
        how = date_format
    zone = _one_kind(name, aware=aware, of=int(readable.sum()), time_zone=time_zone)
    read = pd.to_datetime(different[readable], format=how, errors="coerce", utc=zone is not None)
    if zone is not None:
        read = read.dt.tz_convert(zone).dt.tz_localize(None)
    dates = np.full(len(different) + 1, np.datetime64("NaT", "us"))  # the last one is for None, code -1
    far = np.zeros(len(dates), dtype=bool)
    dates[:-1][readable], far[:-1][readable] = within_years(read.to_numpy())
    date, outside = dates[codes], far[codes]
    return OrderDates(date, np.isnat(date) & ~outside & (codes >= 0), outside)


def _one_kind(name: str, *, aware: int, of: int, time_zone: str | None) -> ZoneInfo | None:
    """The zone to convert to, None where no date carries one; a mixture is refused."""
    if not aware:
        if of:
            _refuse_zone(name, time_zone)
        return None
    if aware < of:
        raise DataError.because(
            f"`{name}` mixes dates with and without a time zone: {aware:,} of {of:,} different ones have one.",
            hint="bring them to one form first.",
        )
    return ZoneInfo(_zone(name, time_zone))


def _zone(name: str, time_zone: str | None) -> str:
    if time_zone is None:
        raise DataError.because(
            f"`{name}` carries a time zone, and a purchase day is a local day.",
            hint='say where: time_zone="Europe/Stockholm".',
        )
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise DataError.because(
            f"`time_zone` must be the name of a time zone, got {time_zone!r}.",
            hint='write it as in "Europe/Stockholm" or "UTC".',
        ) from None
    return time_zone


def _refuse_zone(name: str, time_zone: str | None) -> None:
    if time_zone is not None:
        raise DataError.because(
            f"`{name}` carries no time zone, so there is nothing to convert to {time_zone!r}.",
            hint="leave time_zone out if the dates are local; else set their zone in the frame first.",
        )
