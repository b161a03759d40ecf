"""One wrong date: what stands for no date is refused, what lies far from the rest is told, and nothing is wrapped."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.errors import DataError, DataWarning
from kundkarriar.numerics.stray_days import FAR, PLACEHOLDERS, far_from_the_rest, placeholders

NAMED = {"customer_id": "Kund", "date": "Datum", "amount": "Netto", "vat": "excluded", "currency": "SEK"}
PLAIN = ["2024-01-05", "2025-03-01", "2026-02-01"]


def orders(*dates, kind="datetime64[us]"):
    return pd.DataFrame({"Kund": 7, "Datum": np.array(dates, dtype=kind), "Netto": 10.0})


@pytest.mark.parametrize("day", PLACEHOLDERS)
def test_a_day_that_systems_write_for_none_is_refused(message_of, day):
    """Where no other date lies within a year; the report counts it and goes on."""
    given_rows = orders(day, *PLAIN)
    assert message_of(DataError, lambda: kk.transactions(given_rows, **NAMED)) == (
        "`Datum` must be the days of the orders: these are such as systems write where there is no date, and no other "
        "date lies within a year of them: broken by 1 of 4 rows.\n\n"
        "row  Kund       Datum  Netto\n"
        f"  0     7  {day}     10\n\n"
        'Hint: repair them, or make them missing (orders.loc[orders["Datum"] == ..., "Datum"] = None) and pass '
        'missing="drop".'
    )
    report = kk.data_report(given_rows, **NAMED).set_index("check")
    assert report.loc[["placeholder date", "rows kept"], "rows"].tolist() == [1, 3]
    assert report.loc["first date", "message"] == "2024-01-05"


def test_the_hint_helps():
    """What it says to type leaves the row out."""
    given_rows = orders("1900-01-01", *PLAIN)
    given_rows.loc[given_rows["Datum"] == "1900-01-01", "Datum"] = None
    with pytest.warns(DataWarning, match="1 without a date"):
        assert len(kk.transactions(given_rows, **NAMED, missing="drop")) == 3


def test_nothing_but_placeholders_is_refused():
    """Numbers read as nanoseconds are all of 1970-01-01."""
    read = pd.DataFrame({"Kund": [1, 2], "Datum": pd.to_datetime([20260131, 20260201]), "Netto": 1.0})
    with pytest.raises(DataError, match="broken by 2 of 2 rows"):
        kk.transactions(read, **NAMED)


def test_such_days_among_others_are_dates():
    """A shop that was open in 1970 sold on New Year's Day; long histories pass without a word."""
    history = [f"{year}-01-01" for year in range(1921, 2027)]
    assert len(kk.transactions(orders(*history), **NAMED)) == len(history)
    assert len(kk.transactions(orders("1969-12-01", "1970-01-01", "1971-05-01"), **NAMED)) == 3
    assert len(kk.transactions(orders("2001-05-01", "2019-05-01", "2026-01-05"), **NAMED)) == 3


@pytest.mark.parametrize(("day", "row"), [("1926-03-05", 0), ("2206-03-05", 3)])
def test_a_date_far_from_the_rest_is_told(day, row):
    """A century mistyped: the row stays, and the warning shows it."""
    given_rows = orders(*sorted([day, *PLAIN]))
    with pytest.warns(DataWarning) as told:
        kept = kk.transactions(given_rows, **NAMED)
    assert len(kept) == 4
    assert str(told[0].message) == (
        "kk.transactions kept 1 of 4 rows whose `Datum` lies further from the rest than all of that is long, and more "
        "than 20 years: customers are as old as their first date says.\n\n"
        "row  Kund       Datum  Netto\n"
        f"  {row}     7  {day}     10"
    )
    report = kk.data_report(given_rows, **NAMED).set_index("check")
    assert report.loc["dates far from the rest", ["rows", "amount"]].tolist() == [1, 10.0]


YEARS = "`Datum` must be dates of the years 100 to 9999: broken by 1 of 4 rows."


@pytest.mark.parametrize(
    "given_rows",
    [
        orders("300000-01-01", *PLAIN, kind="datetime64[s]"),
        orders("-20000-01-01", *PLAIN, kind="datetime64[ms]"),
        orders("0026-01-05", *PLAIN),
        orders("0001-01-01", *PLAIN, kind="datetime64[s]"),
        pd.DataFrame({"Kund": 7, "Datum": ["0026-01-05", *PLAIN], "Netto": 10.0}),
        pd.DataFrame({"Kund": 7, "Datum": [dt.date(26, 1, 5), *[dt.date(2026, 1, 5)] * 3], "Netto": 10.0}),
        pl.DataFrame({"Kund": [7] * 4, "Datum": [dt.date(26, 1, 5), *[dt.date(2026, 1, 5)] * 3], "Netto": [10.0] * 4}),
    ],
    ids=["seconds", "milliseconds", "two digits", "year 1", "text", "date objects", "polars"],
)
def test_years_that_no_order_was_of_are_refused(message_of, given_rows):
    """Years of two digits, and what numpy would wrap into other dates."""
    said = message_of(DataError, lambda: kk.transactions(given_rows, **NAMED))
    assert said.startswith(YEARS)
    assert said.endswith(
        'Hint: a year of two digits is read by date_format="%d/%m/%y"; a day such as 0001-01-01 stands for no date: '
        'make it missing, and missing="drop" leaves it out.'
    )
    report = dict(zip(*(kk.data_report(given_rows, **NAMED)[name] for name in ("check", "rows")), strict=True))
    assert (report["impossible year"], report["rows kept"]) == (1, 3)


def test_aware_dates_out_of_all_calendars_are_refused():
    """Before they are converted: their zone has no offset then."""
    aware = orders("300000-01-01", *PLAIN, kind="datetime64[s]")
    aware["Datum"] = aware["Datum"].dt.tz_localize("UTC")
    with pytest.raises(DataError, match=YEARS):
        kk.transactions(aware, **NAMED, time_zone="Europe/Stockholm")
    late = pd.DataFrame({"Kund": 7, "Datum": [dt.datetime(9999, 12, 31, 23, 30, tzinfo=dt.UTC)], "Netto": 1.0})
    late["Datum"] = late["Datum"].astype(object)
    with pytest.raises(DataError, match="of the years 100 to 9999"):
        kk.transactions(late, **NAMED, time_zone="Europe/Stockholm")


@pytest.mark.parametrize("day", ["300000-01-01", "0026-01-05"])
def test_every_station_refuses_them(message_of, day):
    """Standard frames made by hand, events, first contacts and memberships too; nothing wraps."""
    rows = orders(day, *PLAIN, kind="datetime64[s]").set_axis(["customer_id", "date", "amount"], axis=1)
    good = rows.iloc[1:]
    known = pd.DataFrame({"customer_id": [7], "first_contact": np.array([day], dtype="datetime64[s]")})
    assert message_of(DataError, lambda: kk.summarize(rows, as_of="2026-12-31")).startswith(
        "summarize needs dates of the years 100 to 9999 in `date`: broken by 1 of 4 rows.\n\n"
    )
    for ask in (
        lambda: kk.facts(rows, as_of="2026-12-31"),
        lambda: kk.split(rows, at="2025-01-01"),
        lambda: kk.facts(good, as_of="2026-12-31", events=rows.assign(event="visit")),
        lambda: kk.facts(good, as_of="2026-12-31", customers=known),
        lambda: kk.memberships(rows.iloc[:1].assign(start=rows["date"], end=pd.NaT), as_of="2026-12-31", every="Y"),
    ):
        with pytest.raises(DataError, match="of the years 100 to 9999"):
            ask()


@given(
    years=st.lists(st.integers(1990, 2026), min_size=3, max_size=20),
    stray=st.integers(101, 3000),
    seed=st.integers(0, 99),
)
def test_far_is_farther_than_the_rest_is_long(years, stray, seed):
    """One date is told where it lies further from the others than these reach, and twenty years; in any order."""
    day = np.array([f"{year}-07-01" for year in years], dtype="datetime64[D]").astype(np.int64)
    alone = int(np.datetime64(f"{stray:04d}-07-01").astype(np.int64))
    ordered = np.sort(day)
    if (np.diff(ordered) > FAR).any():
        return
    distance = max(ordered[0] - alone, alone - ordered[-1])
    mixed = np.random.default_rng(seed).permutation(np.append(day, alone))
    told = far_from_the_rest(mixed)
    assert told.sum() == (distance > max(FAR, ordered[-1] - ordered[0]))
    assert (mixed[told] == alone).all()


@pytest.mark.parametrize(("day", "told"), [("1955-01-01", False), ("1925-01-01", True)])
def test_a_long_history_may_have_a_long_gap(day, told):
    """Before 40 years of orders a gap of 31 years is none to speak of, one of 61 is."""
    dates = np.array([day, *[f"{year}-06-01" for year in range(1986, 2027)]], dtype="datetime64[D]").astype(np.int64)
    assert far_from_the_rest(dates).tolist() == [told] + [False] * 41


@given(start=st.integers(-25000, 20000), gaps=st.lists(st.integers(0, 366), min_size=1, max_size=200))
def test_a_history_without_long_gaps_passes(start, gaps):
    """However long: nothing in it is a placeholder or far, 1970-01-01 among others neither."""
    day = start + np.cumsum(gaps)
    if len(np.unique(day)) > 1:
        assert not far_from_the_rest(day).any()
        assert not placeholders(day).any()


def test_a_century_of_months_costs_nothing(cdnow_sample):
    """A career from 1900 on has its rows, and those of everybody else are as they were."""
    old = cdnow_sample.head(1).assign(customer_id=-1, date=pd.Timestamp("1900-01-05"))
    with warnings.catch_warnings(action="error"):
        both = kk.CustomerLadder.kundkarriar().careers(pd.concat([cdnow_sample, old]), as_of="1998-06-30")
    plain = kk.CustomerLadder.kundkarriar().careers(cdnow_sample, as_of="1998-06-30")
    assert (both["customer_id"] == -1).sum() == 98 * 12 + 6
    pd.testing.assert_frame_equal(both[both["customer_id"] != -1].reset_index(drop=True), plain)
