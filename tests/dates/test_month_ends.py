"""Windows as of a month end are calendar months and quarters; as of another day they step back to the same day."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kundkarriar as kk

DAYS = st.dates(pd.Timestamp("2022-12-01").date(), pd.Timestamp("2026-03-31").date()).map(pd.Timestamp)
LAST_DAYS = [pd.Timestamp(day) for day in ("2024-02-29", "2024-03-31", "2023-02-28", "2024-12-31", "2024-02-28")]
WINDOWS = {"purchase_days_1M": 1, "purchase_days_12M": 12, "events_visit_12M": 12, "events_visit_24M": 24}
PLAIN = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="this year", when=kk.column("purchase_days_12M") >= 1),
        kk.Rung(name="often", when=kk.column("quarters_active_12M") >= 2),
    )
)


def bought(*days):
    return pd.DataFrame({"customer_id": "a", "date": pd.to_datetime(list(days)), "amount": 10.0})


def visits(*days):
    return bought(*days).assign(event="visit", value=1.0)


def month_number(day):
    return day.year * 12 + day.month


@given(days=st.lists(DAYS, min_size=1, max_size=12), month=st.integers(0, 30))
@example(days=[pd.Timestamp("2024-03-31")], month=6)
@example(days=[pd.Timestamp("2024-02-29")], month=14)
def test_windows_hold_the_days_of_calendar_months(days, month):
    """As of the last day of a month, 12M holds 12 calendar months, a quarter three of them, and 1M the month itself."""
    as_of = pd.Timestamp("2023-12-31") + pd.offsets.MonthEnd(month)
    rows = bought(pd.Timestamp("2022-11-01"), *days)
    known = kk.facts(rows, as_of=as_of, events=visits(*rows["date"])).iloc[0]
    back = np.array([month_number(as_of) - month_number(day) for day in sorted(set(rows["date"])) if day <= as_of])
    assert known["purchase_days_12M"] == (back < 12).sum()
    assert known["purchase_days_1M"] == (back == 0).sum()
    assert known["quarters_active_12M"] == len({months // 3 for months in back if months < 12})
    every = np.array([month_number(as_of) - month_number(day) for day in rows["date"] if day <= as_of])
    assert known["value_12M"] == 10.0 * (every < 12).sum()
    assert known["value_1M"] == 10.0 * (every == 0).sum()
    assert known["events_visit_24M"] == (every < 24).sum()


@pytest.mark.parametrize("day", LAST_DAYS, ids=str)
@pytest.mark.parametrize("fact", WINDOWS)
def test_a_day_falls_in_as_many_windows_as_they_have_months(day, fact):
    """Each day lies in the windows of exactly 12 (24) consecutive month ends, also 29 February and 31 March."""
    ends = pd.date_range(day, periods=30, freq="ME")
    rows = bought(pd.Timestamp("2000-01-01"), day)
    told = [kk.facts(rows, as_of=end, events=visits(day)).loc[0, fact] for end in ends]
    assert told == [1] * WINDOWS[fact] + [0] * (30 - WINDOWS[fact])


@settings(max_examples=10)
@given(day=DAYS)
@example(day=pd.Timestamp("2024-02-29"))
@example(day=pd.Timestamp("2024-03-31"))
def test_a_day_falls_in_each_quarter_three_times(day):
    """A day makes one quarter active at each of twelve month ends: three times the last quarter, and so on."""
    rows = bought(pd.Timestamp("2000-01-01"), day)
    told = [
        kk.facts(rows, as_of=end).loc[0, "quarters_active_12M"] for end in pd.date_range(day, periods=14, freq="ME")
    ]
    assert told == [1] * 12 + [0] * 2
    for end in pd.date_range(day, periods=3, freq="ME"):  # the day, and one of each quarter before it
        others = [end - pd.offsets.MonthEnd(months) for months in (3, 6, 9)]
        assert kk.facts(bought(day, *others), as_of=end).loc[0, "quarters_active_12M"] == 4


@given(days=st.lists(DAYS, min_size=1, max_size=12))
@example(days=[pd.Timestamp("2024-02-29")])
def test_windows_of_consecutive_month_ends_tile(days):
    """The years up to the ends of Februaries add up to all purchases: no day counts twice or is left out."""
    rows = bought(*days, pd.Timestamp("2022-12-31"))
    ends = [f"{year}-02-{last}" for year, last in ((2023, 28), (2024, 29), (2025, 28), (2026, 28), (2027, 28))]
    assert sum(kk.facts(rows, as_of=end).loc[0, "value_12M"] for end in ends) == rows["amount"].sum()


@settings(max_examples=5)
@given(days=st.lists(DAYS, min_size=1, max_size=12))
@example(days=[pd.Timestamp("2024-02-29"), pd.Timestamp("2025-03-31")])
def test_facts_and_careers_agree(days):
    """At each month end the rung of a career is the one that rules give on that day's facts."""
    careers = PLAIN.careers(bought(*days), as_of="2026-03-31")
    value = careers["value"].rolling(12, min_periods=1).sum()
    for at, row in careers.iloc[::-3].iterrows():
        known = kk.facts(bought(*days), as_of=row["period_start"] + pd.offsets.MonthEnd(0))
        assert PLAIN.place_snapshot(known).loc[0, "rung"] == row["rung"]
        assert known.loc[0, "value_12M"] == pytest.approx(value[at])
        assert known.loc[0, "purchase_days"] == row["purchases_so_far"]


@given(as_of=DAYS.filter(lambda day: not day.is_month_end), late=st.booleans())
def test_other_days_step_back_to_the_same_day_of_the_month(as_of, late):
    """As of a day in the middle of a month the window is (as_of - 12 months, as_of]."""
    far = as_of - pd.DateOffset(months=12)
    rows = bought(pd.Timestamp("2000-01-01"), far + pd.Timedelta(days=int(late)))
    assert kk.facts(rows, as_of=as_of).loc[0, "purchase_days_12M"] == int(late)


def test_31_march_does_not_fall_into_the_second_quarter():
    """As of 30 June the last quarter is April, May and June."""
    told = [kk.facts(bought(day, "2026-06-30"), as_of="2026-06-30") for day in ("2026-03-31", "2026-04-01")]
    assert [known.loc[0, "quarters_active_12M"] for known in told] == [2, 1]


def test_a_horizon_from_a_month_end_ends_at_one():
    """A year after 28 February 2023 is 29 February 2024; steps back lead to the same days."""
    day = np.datetime64("2023-02-28")
    assert kk.Period.of("12M").after(day) == kk.Period.of("1Y").after(day) == np.datetime64("2024-02-29")
    assert kk.Period.of("12M").before(kk.Period.of("12M").after(day)) == day
