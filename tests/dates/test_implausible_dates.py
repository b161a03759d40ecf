"""Implausible dates: placeholders are refused, outlying dates are reported, and no date wraps around."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.dates.implausible_dates import PLACEHOLDERS, TWENTY_YEARS, outlying_days, placeholder_days
from kundkarriar.errors import DataError, DataWarning

NAMED = {"customer_id": "Kund", "date": "Datum", "amount": "Netto", "vat": "excluded", "currency": "SEK"}
PLAIN = ["2024-01-05", "2025-03-01", "2026-02-01"]
SYSTEMS = (
    "these are such as systems write where there is no date, and within a year of them lies no other date, or only "
    "such as are far from the rest"
)


def orders(*dates, kind="datetime64[us]"):
    return pd.DataFrame({"Kund": 7, "Datum": np.array(dates, dtype=kind), "Netto": 10.0})


@pytest.mark.parametrize("day", PLACEHOLDERS)
def test_a_placeholder_is_refused(message_of, day):
    """Without another date within a year; the report counts it."""
    given_rows = orders(day, *PLAIN)
    assert message_of(DataError, lambda: kk.transactions(given_rows, **NAMED)) == (
        f"`Datum` must be the days of the orders: {SYSTEMS}: broken by 1 of 4 rows.\n\n"
        "row  Kund       Datum  Netto\n"
        f"  0     7  {day}     10\n\n"
        'Hint: repair them, or make them missing (orders.loc[orders["Datum"] == ..., "Datum"] = None) and pass '
        'missing="drop".'
    )
    report = kk.data_report(given_rows, **NAMED).set_index("check")
    assert report.loc[["placeholder date", "rows kept"], "rows"].tolist() == [1, 3]
    assert report.loc["first date", "message"] == "2024-01-05"


def test_the_hint_helps():
    """The code of the hint leaves the row out."""
    given_rows = orders("1900-01-01", *PLAIN)
    given_rows.loc[given_rows["Datum"] == "1900-01-01", "Datum"] = None
    with pytest.warns(DataWarning, match="1 without a date"):
        assert len(kk.transactions(given_rows, **NAMED, missing="drop")) == 3


def test_nothing_but_placeholders_is_refused():
    """Numbers read as nanoseconds all become 1970-01-01."""
    read = pd.DataFrame({"Kund": [1, 2], "Datum": pd.to_datetime([20260131, 20260201]), "Netto": 1.0})
    with pytest.raises(DataError, match="broken by 2 of 2 rows"):
        kk.transactions(read, **NAMED)


def test_placeholders_near_ordinary_dates_are_dates():
    """A shop that was open in 1970 may have sold on 1970-01-01; there is no warning."""
    history = [f"{year}-01-01" for year in range(1921, 2027)]
    assert len(kk.transactions(orders(*history), **NAMED)) == len(history)
    assert len(kk.transactions(orders("1969-12-01", "1970-01-01", "1971-05-01"), **NAMED)) == 3
    assert len(kk.transactions(orders("2001-05-01", "2019-05-01", "2026-01-05"), **NAMED)) == 3


@pytest.mark.parametrize("day", PLACEHOLDERS)
@pytest.mark.parametrize("apart", [-60, 60])
def test_an_outlying_neighbour_does_not_justify_a_placeholder(day, apart):
    """An outlying date near a placeholder is as wrong as the placeholder. (In 2020 it is not outlying.)"""
    stray = np.datetime64(day) + np.array([0, 0, apart])
    told = placeholder_days(np.concatenate([stray, np.array(PLAIN * 2, "datetime64[D]")]).astype(np.int64))
    assert told.tolist() == [abs(int(day[:4]) - 2024) > 20] * 2 + [False] * 7
    assert not placeholder_days(stray.astype(np.int64)).any()


def test_two_wrong_dates_are_refused(message_of):
    """One typed by hand, one written by a spreadsheet."""
    given_rows = orders("1899-12-31", "1900-03-01", *PLAIN)
    said = message_of(DataError, lambda: kk.transactions(given_rows, **NAMED))
    assert said.startswith(f"`Datum` must be the days of the orders: {SYSTEMS}: broken by 1 of 5 rows.")


STANDARD = pd.DataFrame({"customer_id": [7, 8, 9], "date": pd.to_datetime(PLAIN), "amount": [10.0, 20.0, 30.0]})
STATIONS = {
    "summarize": lambda **given_frames: kk.summarize(STANDARD, as_of="2026-02-28", **given_frames),
    "purchase_days": lambda **given_frames: kk.facts(STANDARD, as_of="2026-02-28", **given_frames),
}
LADDERS = (kk.CustomerLadder.kundkarriar().place, kk.CustomerLadder.kundkarriar().careers)


def contacts(day, of=pd.DataFrame):
    """Two customers known, and one without a date."""
    first = [dt.datetime.fromisoformat(day), dt.datetime.fromisoformat("2024-01-03"), None]
    return of({"customer_id": [7, 8, 9], "first_contact": first})


def visits(day, of=pd.DataFrame):
    """Two events, one on that day."""
    return of(
        {
            "customer_id": [7, 8],
            "date": [dt.datetime.fromisoformat(day), dt.datetime.fromisoformat("2024-01-03")],
            "event": ["visit", "quote"],
        }
    )


@pytest.mark.parametrize("need", STATIONS)
@pytest.mark.parametrize("day", ["1900-01-01", "1970-01-01", "9999-12-31"])
def test_placeholder_first_contacts_are_refused(message_of, frame_of, day, need):
    """By every function that reads first contacts."""
    known = contacts(day, of=frame_of)
    assert message_of(DataError, lambda: STATIONS[need](customers=known)) == (
        f"{need}: `customers` needs the days of first contacts in `first_contact`: {SYSTEMS}: "
        "broken by 1 of 3 rows.\n\n"
        "row  customer_id  first_contact\n"
        f"  0            7     {day}\n\n"
        'Hint: repair them, or make them missing: customers.loc[customers["first_contact"] == ..., "first_contact"] = '
        "None."
    )


@pytest.mark.parametrize("day", ["1900-01-01", "1970-01-01", "9999-12-31"])
def test_placeholder_events_are_refused(message_of, frame_of, day):
    """By `kk.facts` and by ladders."""
    given_events = visits(day, of=frame_of)
    for ask in (kk.facts, *LADDERS):
        assert message_of(DataError, lambda ask=ask: ask(STANDARD, as_of="2026-02-28", events=given_events)) == (
            f"events needs the days of the events in `date`: {SYSTEMS}: broken by 1 of 2 rows.\n\n"
            "row  customer_id        date  event\n"
            f"  0            7  {day}  visit\n\n"
            'Hint: repair them, or leave these rows out: events[events["date"] != ...].'
        )


def test_orders_justify_dates_of_contacts_and_events():
    """With orders of 1979, a first contact or a quote on 1980-01-01 is plausible."""
    old = STANDARD.assign(date=pd.to_datetime(["1979-05-01", "1979-06-01", "1980-02-01"]))
    known = contacts("1980-01-01").assign(first_contact=pd.to_datetime("1980-01-01"))
    asked = visits("1980-01-01").assign(date=pd.to_datetime("1980-01-01"))
    assert len(kk.facts(old, as_of="1980-02-28", customers=known, events=asked)) == 3


@pytest.mark.parametrize("day", ["1926-03-05", "2206-03-05"])
def test_outlying_first_contacts_and_events_are_reported(day):
    """They are kept, and the warning shows them."""
    with pytest.warns(DataWarning) as told:
        kk.summarize(STANDARD, as_of="2026-02-28", customers=contacts(day))
    assert [str(one.message) for one in told] == [
        (
            "summarize: `customers` kept 1 of 3 rows whose `first_contact` lies further from the rest than all of that "
            "is long, and more than 20 years: customers are as old as their first date says.\n\n"
            "row  customer_id  first_contact\n"
            f"  0            7     {day}"
        )
    ]
    with pytest.warns(DataWarning) as told:
        kk.facts(STANDARD, as_of="2026-02-28", events=visits(day))
    assert [str(one.message) for one in told] == [
        (
            "events kept 1 of 2 rows whose `date` lies further from the rest than all of that is long, and more than "
            "20 years: customers are as old as their first date says.\n\n"
            "row  customer_id        date  event\n"
            f"  0            7  {day}  visit"
        )
    ]


@pytest.mark.parametrize("as_of", ["2046-03-01", "2200-01-01", "9999-12-31"])
def test_an_as_of_far_after_the_orders_is_reported(as_of):
    """There is one warning for every caller; none for twenty years."""
    asks = {
        "summarize": kk.summarize,
        "purchase_days": kk.facts,
        "opportunities": lambda rows, as_of: kk.opportunities(rows, as_of=as_of, every="Y"),
    }
    for need, ask in asks.items():
        with pytest.warns(DataWarning) as told:
            ask(STANDARD, as_of=as_of)
        assert [str(one.message) for one in told] == [
            (
                f"{need}: the data end on 2026-02-01, `as_of` is {as_of}: purchases after 2026-02-01 are not in the "
                "data, and count as none."
            )
        ]
    with pytest.warns(DataWarning, match="CustomerLadder: the data end on 2026-02-01, `as_of` is 2060-01-01"):
        kk.CustomerLadder.kundkarriar().careers(STANDARD, as_of="2060-01-01")
    with warnings.catch_warnings(action="error"):
        kk.summarize(STANDARD, as_of="2046-02-15")


@pytest.mark.parametrize(("day", "row"), [("1926-03-05", 0), ("2206-03-05", 3)])
def test_an_outlying_date_is_reported(day, row):
    """The century is mistyped: the row is kept, and the warning shows it."""
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
def test_impossible_years_are_refused(message_of, given_rows):
    """Years of two digits, and years that numpy would wrap into other dates."""
    said = message_of(DataError, lambda: kk.transactions(given_rows, **NAMED))
    assert said.startswith(YEARS)
    assert said.endswith(
        'Hint: a year of two digits is read by date_format="%d/%m/%y"; a day such as 0001-01-01 stands for no date: '
        'make it missing, and missing="drop" leaves it out.'
    )
    report = dict(zip(*(kk.data_report(given_rows, **NAMED)[name] for name in ("check", "rows")), strict=True))
    assert (report["impossible year"], report["rows kept"]) == (1, 3)


def test_aware_dates_out_of_all_calendars_are_refused():
    """Before conversion, for their time zone has no offset then."""
    aware = orders("300000-01-01", *PLAIN, kind="datetime64[s]")
    aware["Datum"] = aware["Datum"].dt.tz_localize("UTC")
    with pytest.raises(DataError, match=YEARS):
        kk.transactions(aware, **NAMED, time_zone="Europe/Stockholm")
    late = pd.DataFrame({"Kund": 7, "Datum": [dt.datetime(9999, 12, 31, 23, 30, tzinfo=dt.UTC)], "Netto": 1.0})
    late["Datum"] = late["Datum"].astype(object)
    with pytest.raises(DataError, match="of the years 100 to 9999"):
        kk.transactions(late, **NAMED, time_zone="Europe/Stockholm")


@pytest.mark.parametrize("day", ["300000-01-01", "0026-01-05"])
def test_every_reader_refuses_impossible_years(message_of, day):
    """Also for frames made by hand, events, first contacts and memberships; nothing wraps around."""
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
def test_outlying_is_further_than_the_rest_is_long(years, stray, seed):
    """Law: a date is outlying if it lies further from the others than their length and twenty years, in any order."""
    day = np.array([f"{year}-07-01" for year in years], dtype="datetime64[D]").astype(np.int64)
    alone = int(np.datetime64(f"{stray:04d}-07-01").astype(np.int64))
    ordered = np.sort(day)
    if (np.diff(ordered) > TWENTY_YEARS).any():
        return
    distance = max(ordered[0] - alone, alone - ordered[-1])
    mixed = np.random.default_rng(seed).permutation(np.append(day, alone))
    told = outlying_days(mixed)
    assert told.sum() == (distance > max(TWENTY_YEARS, ordered[-1] - ordered[0]))
    assert (mixed[told] == alone).all()


@pytest.mark.parametrize(("day", "told"), [("1955-01-01", False), ("1925-01-01", True)])
def test_a_long_history_may_have_a_long_gap(day, told):
    """Before 40 years of orders a gap of 31 years is accepted, one of 61 years is not."""
    dates = np.array([day, *[f"{year}-06-01" for year in range(1986, 2027)]], dtype="datetime64[D]").astype(np.int64)
    assert outlying_days(dates).tolist() == [told] + [False] * 41


@given(start=st.integers(-25000, 20000), gaps=st.lists(st.integers(0, 366), min_size=1, max_size=200))
def test_a_history_without_long_gaps_passes(start, gaps):
    """However long it is, no day in it is a placeholder or outlying, not even 1970-01-01."""
    day = start + np.cumsum(gaps)
    if len(np.unique(day)) > 1:
        assert not outlying_days(day).any()
        assert not placeholder_days(day).any()


def test_a_century_of_months_costs_nothing(cdnow_sample):
    """A career from 1900 on has its rows, and the careers of other customers are unchanged."""
    old = cdnow_sample.head(1).assign(customer_id=-1, date=pd.Timestamp("1900-01-05"))
    with warnings.catch_warnings(action="error"):
        both = kk.CustomerLadder.kundkarriar().careers(pd.concat([cdnow_sample, old]), as_of="1998-06-30")
    plain = kk.CustomerLadder.kundkarriar().careers(cdnow_sample, as_of="1998-06-30")
    assert (both["customer_id"] == -1).sum() == 98 * 12 + 6
    pd.testing.assert_frame_equal(both[both["customer_id"] != -1].reset_index(drop=True), plain)
