"""Conditions on values and counts of events: satisfaction and complaints, as of each month end."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

MONTHLY = [f"2024-{month:02d}-10" for month in range(1, 13)]
LOW = kk.Rung(name="low", when=kk.column("purchase_days") >= 0)


def valued(*rows):
    table = pd.DataFrame(rows, columns=["customer_id", "date", "event", "value"])
    return table.assign(date=pd.to_datetime(table["date"]))


SURVEYS = valued(
    ("a", "2024-01-20", "Satisfaction", 2.0),
    ("a", "2024-06-20", "satisfaction", 4.0),
    ("a", "2024-06-20", "satisfaction", 5.0),
    ("a", "2024-08-20", "satisfaction", None),
    ("b", "2025-02-20", "satisfaction", 9.0),
    ("a", "2024-09-01", "visit", None),
)


def facts(rows, day):
    known = kk.facts(rows, as_of=day, events=SURVEYS).set_index("customer_id")
    return known.filter(like="events_").loc["a"].to_dict()


def test_the_mean_is_of_a_window_and_the_last_of_a_day(history):
    """The last value is the mean of its day; an event without a value is counted, and enters no mean."""
    rows = history(a=MONTHLY, b=MONTHLY[:2])
    assert facts(rows, "2024-12-31") == {
        "events_satisfaction": 4,
        "events_satisfaction_12M": 4,
        "events_satisfaction_24M": 4,
        "events_satisfaction_mean": pytest.approx(11 / 3),
        "events_satisfaction_mean_12M": pytest.approx(11 / 3),
        "events_satisfaction_mean_24M": pytest.approx(11 / 3),
        "events_satisfaction_last": 4.5,
        "events_visit": 1,
        "events_visit_12M": 1,
        "events_visit_24M": 1,
    }
    assert facts(rows, "2025-01-20")["events_satisfaction_mean_12M"] == 4.5
    assert facts(rows, "2024-01-31")["events_satisfaction_last"] == 2.0
    assert np.isnan(kk.facts(rows, as_of="2024-12-31", events=SURVEYS)["events_satisfaction_mean"].iloc[1])


def test_the_order_of_rows_changes_no_digit_of_a_mean(history):
    """Values are summed in one order, for .1 + .2 + .3 and .3 + .2 + .1 differ in binary."""
    events = valued(*[("a", "2024-01-20", "satisfaction", value) for value in (0.1, 0.2, 0.3, 0.7)])
    one, other = (
        kk.facts(history(a=MONTHLY), as_of="2024-12-31", events=rows)[["events_satisfaction_mean"]]
        for rows in (events, events[::-1])
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def satisfied(name, least):
    return kk.CustomerLadder(rungs=(LOW, kk.Rung(name="satisfied", when=kk.column(name) >= least)))


def test_values_are_taken_as_of_each_month_end(history):
    """From June on the last answers are good; the bad one leaves the window of 12 months in January."""
    rows = history(a=MONTHLY, b=MONTHLY[:2])
    for name, first in (("events_satisfaction_last", "2024-06"), ("events_satisfaction_mean_12M", "2025-01")):
        careers = satisfied(name, 4).careers(rows, as_of="2025-03-31", events=SURVEYS)
        mine = careers[(careers["customer_id"] == "a") & (careers["rung"] == "satisfied")]
        assert f"{mine['period_start'].iloc[0]:%Y-%m}" == first, name
        assert (careers.loc[careers["customer_id"] == "b", "rung"] == "satisfied").sum() == 2
    place = satisfied("events_Satisfaction_last", 4).place(rows, as_of="2024-12-31", events=SURVEYS)
    assert place["reason"].tolist() == [
        "events_Satisfaction_last is 4.5 (at least 4)",
        "purchase_days is 2 (at least 0)",
    ]


def test_a_snapshot_of_the_facts_says_the_same(history):
    ladder = satisfied("events_satisfaction_mean_12M", 3)
    rows = history(a=MONTHLY, b=MONTHLY[:2])
    snapshot = ladder.place_snapshot(kk.facts(rows, as_of="2024-12-31", events=SURVEYS))
    place = ladder.place(rows, as_of="2024-12-31", events=SURVEYS)
    assert snapshot["rung"].tolist() == place["rung"].tolist() == ["satisfied", "low"]


def test_events_that_never_have_a_value_give_a_warning(history):
    with pytest.warns(kk.DataWarning) as warned:
        satisfied("events_visit_mean", 3).place(history(a=MONTHLY), as_of="2024-12-31", events=SURVEYS.iloc[[0, 5]])
    assert [str(one.message) for one in warned] == [
        (
            "the rungs ask for the value of events that never have one in `events`: ['visit']. "
            "Give them a number in the column `value`."
        )
    ]
    assert warned[0].filename == __file__


@pytest.mark.parametrize("name", ["visit_mean", "visit_Last"])
def test_names_ending_like_a_measure_are_refused(history, name):
    with pytest.raises(kk.DataError, match="do not end like a span of months, in _mean or in _last"):
        kk.facts(history(a=MONTHLY), as_of="2024-12-31", events=SURVEYS.assign(event=name))


def test_complaints_and_low_satisfaction_bar_a_supporter(history, happened):
    """A complaint bars for 12 months, a low mean while it is known; a missing mean does not bar."""
    rows = history(a=[*MONTHLY, *[f"2025-{month:02d}-10" for month in range(1, 13)]])
    terms = {"supporter_months": 1}
    events = happened(("a", "2024-02-01", "referral"), ("a", "2024-10-15", "complaint"))
    plain, calm = (
        kk.CustomerLadder.kundkarriar(**terms, **more).careers(rows, as_of="2025-12-31", events=events)
        for more in ({}, {"most_complaints": 0})
    )
    assert (plain["rung"] == "supporter").sum() - (calm["rung"] == "supporter").sum() == 12
    barred = calm.loc[plain["rung"] != calm["rung"]]
    assert (barred["period_start"].min(), barred["period_start"].max()) == (
        pd.Timestamp("2024-10-01"),
        pd.Timestamp("2025-09-01"),
    )
    assert (barred["rung"] == "client").all()
    unhappy = valued(("a", "2024-02-01", "referral", None), ("a", "2024-12-15", "satisfaction", 2.0))
    content = kk.CustomerLadder.kundkarriar(**terms, least_satisfaction=3.0)
    months = content.careers(rows, as_of="2025-12-31", events=unhappy)
    standing = months.loc[months["rung"] == "supporter", "period_start"]
    assert [f"{month:%Y-%m}" for month in standing] == ["2024-08", "2024-09", "2024-10", "2024-11", "2025-12"]
    proxy = kk.CustomerLadder.kundkarriar(proxy=True, most_complaints=0, least_satisfaction=3.0)
    assert proxy.place(rows, as_of="2025-12-31").loc[0, "rung"] == "supporter"
    complained = happened(("a", "2025-10-15", "complaint"))
    assert proxy.place(rows, as_of="2025-12-31", events=complained).loc[0, "rung"] == "client"


def test_a_mean_may_be_any_number():
    """Counts are whole and not negative, values need not be: a rung that requires a value below 0 is reachable."""
    for condition in (kk.column("events_mood_mean") < 0, kk.column("events_mood_last").between(1.2, 1.8)):
        assert kk.CustomerLadder(rungs=(LOW, kk.Rung(name="odd", when=condition))).names == ("low", "odd")
    with pytest.raises(kk.DataError, match="can never win"):
        kk.CustomerLadder(rungs=(LOW, kk.Rung(name="odd", when=kk.column("events_mood") < 0)))
