"""Steps of whole months: month ends lead to month ends, anniversaries keep their day of the month."""

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.dates.calendar_months import is_last_day, last_day, month_of, months_on

DAYS = st.dates(dt.date(1890, 1, 1), dt.date(2110, 12, 31)).map(lambda day: (day - dt.date(1970, 1, 1)).days)
MONTHS = st.integers(-300, 300)


def as_date(day):
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(day))


@given(day=DAYS, months=MONTHS)
def test_a_month_end_leads_to_a_month_end(day, months):
    """Any other day leads to its day of the month, or to the last day of a shorter month."""
    start, end = as_date(day), as_date(months_on(day, months))
    assert (end.year - start.year) * 12 + end.month - start.month == months
    tomorrow, day_after = start + dt.timedelta(days=1), end + dt.timedelta(days=1)
    if tomorrow.day == 1:
        assert day_after.day == 1
    else:
        assert end.day == start.day or (end.day < start.day and day_after.day == 1)


@given(day=DAYS, months=MONTHS)
def test_an_anniversary_keeps_its_day_of_the_month(day, months):
    """Also from a last day: 28 February leads to 28 March."""
    start, end = as_date(day), as_date(months_on(day, months, to_last=False))
    assert end.day == start.day or (end.day < start.day and (end + dt.timedelta(days=1)).day == 1)


@given(day=DAYS, one=MONTHS, two=MONTHS)
def test_steps_from_month_ends_add_up(day, one, two):
    """Law: the steps between month ends may be split in any way, forwards and backwards."""
    end = last_day(month_of(day))
    assert is_last_day(end)
    assert months_on(months_on(end, one), two) == months_on(end, one + two)
    assert months_on(months_on(end, one), -one) == end


@given(day=DAYS, months=MONTHS, to_last=st.booleans())
def test_later_days_never_lead_to_earlier_ones(day, months, to_last):
    """Law: a window that ends a day later does not begin earlier."""
    ahead = months_on(np.array([day, day + 1]), months, to_last=to_last)
    assert ahead[0] <= ahead[1]
