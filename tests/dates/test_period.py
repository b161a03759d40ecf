"""Periods of time, and the reading of days."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.arguments import as_shown
from kundkarriar.dates.period import as_day
from kundkarriar.errors import DataError

DAY = np.datetime64("1998-05-31")


@given(st.integers(1, 60), st.sampled_from("DWMY"))
def test_a_step_leads_to_another_day(count, unit):
    """Law: the day after a span is later, and the day before it earlier."""
    span = kk.Period(count, unit)
    assert span.before(DAY) < DAY < span.after(DAY)


@pytest.mark.parametrize(("text", "day"), [("0.5Y", "1998-11-30"), ("1.5W", "1998-06-10"), ("1.0M", "1998-06-30")])
def test_fractions_that_make_whole_months_or_days_step(text, day):
    """Half a year is six months."""
    assert kk.Period.of(text).after(DAY) == np.datetime64(day)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "0.4M",
            (
                "0.4 months cannot step through the calendar: months have no fractions there.\n\n"
                'Hint: count in days or weeks: "12D".'
            ),
        ),
        (
            "0.3Y",
            (
                "0.3 years cannot step through the calendar: months have no fractions there.\n\n"
                'Hint: count in days or weeks: "110D".'
            ),
        ),
        ("0.4D", '0.4 days is less than a day: no other day lies that far away.\n\nHint: write "1D" or more.'),
    ],
)
@pytest.mark.parametrize("step", ["before", "after"])
def test_fractions_that_cannot_step_are_refused(message_of, text, message, step):
    """Rounding would make them another span, or none."""
    assert message_of(DataError, lambda: getattr(kk.Period.of(text), step)(DAY)) == message


@pytest.mark.parametrize("text", ["0M", "-3M", "1e9W", "12m", "12", "", "12 months", "M12", "0.0Y", "9" * 400 + "D"])
def test_the_message_names_the_broken_law(message_of, text):
    """The text seems to have a unit: the message says that the number or the form of the unit is wrong."""
    shown = repr(text) if len(text) < 60 else f"'{text[:59]}..."
    assert message_of(DataError, lambda: kk.Period.of(text)) == (
        "`text` must be a span of time: a number above 0, then D, W, M or Y, "
        f"got {shown}.\n\n"
        'Hint: write "12M" or "90D".'
    )


@pytest.mark.parametrize("count", [-3, 0, math.nan, math.inf])
def test_a_span_is_positive_and_finite(message_of, count):
    """Zero, negative and infinite spans are refused."""
    said = message_of(ValueError, lambda: kk.Period(count, "M"))
    assert said == f"`count` must be a finite number above 0, got {float(count)}.\n\nHint: write count=1.0."


@pytest.mark.parametrize(
    "value",
    [
        "1997-09-30",
        "1997-09-30 23:59",
        "1997-09-30T23:59:59.999999999",
        dt.date(1997, 9, 30),
        dt.datetime(1997, 9, 30, 23, 59),  # noqa: DTZ001
        pd.Timestamp("1997-09-30 23:59"),
        np.datetime64("1997-09-30T23:59:59.999999999"),
        np.datetime64("1997-09-30", "D"),
    ],
)
def test_dates_in_every_form_are_days(value):
    """A time of day is dropped."""
    assert as_day(value, name="as_of") == np.datetime64("1997-09-30")


@pytest.mark.parametrize(
    "value",
    [
        "1997-09-301 banana",
        "1997-09-30 banana",
        "1997-09-30T",
        "1997-09-31",
        "1997-09-30 25:00",
        "30/09/1997",
        19970930,
        None,
        pd.NaT,
        np.datetime64("NaT"),
        np.datetime64("1997-09"),
        dt.time(12),
    ],
)
def test_values_that_are_no_dates_are_refused(message_of, value):
    """Also text that only begins like a date."""
    assert message_of(DataError, lambda: as_day(value, name="as_of")) == (
        f'`as_of` must be a date, got {value!r}.\n\nHint: write as_of="2026-10-31" (year-month-day).'
    )


@pytest.mark.parametrize(
    "value",
    [
        "1997-09-30T23:00Z",
        "1997-09-30 23:00:00+02:00",
        dt.datetime(1997, 9, 30, 23, tzinfo=dt.UTC),
        pd.Timestamp("1997-09-30 23:00", tz="Europe/Stockholm"),
    ],
)
def test_a_day_with_a_time_zone_is_refused(message_of, value):
    """23:00 in Greenwich is the next day in Stockholm."""
    assert message_of(DataError, lambda: as_day(value, name="as_of")) == (
        f"`as_of` must be a local day, without a time zone, got {as_shown(value)}.\n\n"
        'Hint: write the day where the customers are: as_of="1997-09-30".'
    )


@pytest.mark.parametrize("span", ["9" * 30 + "M", "10001Y", "4000000D"])
def test_a_span_beyond_the_calendar_is_refused(span):
    """No day lies ten thousand years away; counts beyond 64 bits end in words too."""
    with pytest.raises(DataError, match=r"leads out of the calendar\.\n\nHint: write 9,999 years or less\."):
        kk.Period.of(span).before(np.datetime64("2026-01-31"))
