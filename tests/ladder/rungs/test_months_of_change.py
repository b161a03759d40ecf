"""Months that are skipped because nothing can change: careers are the same, also beside other customers."""

from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.dates.calendar_months import last_day, month_of
from kundkarriar.history.as_of.fact_definitions import facts_at
from kundkarriar.history.as_of.facts import fact_columns, read_facts_as_of
from kundkarriar.ladder.rungs import months_of_change as months_module
from kundkarriar.ladder.rungs import rung_history

pytestmark = [
    pytest.mark.filterwarnings("ignore:the rungs ask for events that never happened"),
    pytest.mark.filterwarnings("ignore:the rungs ask for the value of events that never have one"),
]
EXAMPLES = 12
START = pd.Timestamp("2012-01-15")
LONG_SILENCE = kk.condition(
    lambda frame: frame["days_since_purchase"] > 500, needs=["days_since_purchase"], text="silent for long"
)
LADDERS = {
    "kundkarriar": kk.CustomerLadder.kundkarriar(client_days=3, client_quarters=2, supporter_months=5),
    "by proxy": kk.CustomerLadder.kundkarriar(proxy=True, proxy_days=4, proxy_quarters=2, client_days=2, grace="2M"),
    "kept": kk.CustomerLadder.kundkarriar(client_days=3, client_quarters=2, keep_days=1, lapse=kk.Lapse(days=40)),
    "loyalty": kk.CustomerLadder.loyalty(),
    "in time": kk.CustomerLadder(
        rungs=(
            kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="known", when=kk.column("purchase_days") >= 1),
            kk.Rung(name="asleep", when=kk.column("days_since_purchase") > 200, hold=kk.Hold(grace="2M")),
            kk.Rung(name="of old", when=kk.column("purchase_days") >= 3, after=kk.After(rung="known", months=31)),
        ),
        lapse=None,
    ),
    "silence": kk.CustomerLadder(
        rungs=(
            kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="lately", when=kk.column("days_since_purchase") <= 400, hold=kk.Hold(grace="2M")),
            kk.Rung(name="in between", when=kk.column("days_since_purchase").between(90.5, 130)),
            kk.Rung(name="just now", when=kk.column("days_since_purchase") < 31, after=kk.After(rung="any", months=7)),
        )
    ),
    "of the month": kk.CustomerLadder(
        rungs=(
            kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="often", when=kk.column("purchase_days_1M") >= 2),
            kk.Rung(name="much", when=kk.column("value_1M") > 15),
        )
    ),
    "a function": kk.CustomerLadder(
        rungs=(kk.Rung(name="any", when=kk.column("purchase_days") >= 0), kk.Rung(name="gone", when=LONG_SILENCE))
    ),
}
KIND = st.sampled_from(sorted(LADDERS))
# A few clusters of days, years apart: between them nothing happens.
DAYS = st.builds(lambda year, day: year * 365 + day, st.sampled_from([0, 3]), st.integers(0, 150))
PURCHASES = st.lists(st.tuples(st.sampled_from("ab"), DAYS), min_size=1, max_size=14)
HAPPENINGS = st.lists(st.tuples(st.sampled_from("ab"), DAYS, st.sampled_from(["referral", "contract"])), max_size=4)


def frame(purchases):
    dates = [START + pd.Timedelta(days=day) for _, day in purchases]
    return pd.DataFrame({"customer_id": [who for who, _ in purchases], "date": dates, "amount": 10.0})


def event_frame(happenings):
    dates = pd.to_datetime([START + pd.Timedelta(days=day) for _, day, _ in happenings])
    who, name = ([row[k] for row in happenings] for k in (0, 2))
    return pd.DataFrame(
        {"customer_id": pd.Series(who, dtype=str), "date": dates, "event": pd.Series(name, dtype=str), "value": 1.0}
    )


def every_month(*_, months, **__):
    return np.ones(months, dtype=bool)


@settings(max_examples=EXAMPLES)
@given(kind=KIND, purchases=PURCHASES, happenings=HAPPENINGS, after=st.integers(0, 2200), returned=st.booleans())
@example(
    kind="in time", purchases=[("a", 0), ("a", 1), ("a", 2), ("b", 1095)], happenings=[], after=2000, returned=False
)
@example(kind="in time", purchases=[("a", 0), ("a", 1095)], happenings=[], after=1135, returned=False)
@example(kind="a function", purchases=[("a", 0)], happenings=[], after=2000, returned=False)
@example(kind="of the month", purchases=[("a", 0), ("a", 1)], happenings=[], after=150, returned=False)
@example(
    kind="kundkarriar", purchases=[("a", day) for day in (0, 40, 80, 120)], happenings=[], after=2000, returned=True
)
def test_skipped_months_change_nothing(kind, purchases, happenings, after, returned):
    """Careers, positions and reasons are those of a history evaluated at every month end."""
    rows, events = frame(purchases), event_frame(happenings)
    if returned:
        back = rows.assign(date=rows["date"] + pd.Timedelta(days=70), amount=-3.0)
        rows = pd.concat([rows, back], ignore_index=True)
    events = events[events["customer_id"].isin(rows["customer_id"])]
    as_of = rows["date"].iloc[0] + pd.Timedelta(days=after)
    events = events if len(events) else None
    for method in (LADDERS[kind].place, LADDERS[kind].careers):
        sparse = method(rows, as_of=as_of, events=events)
        with patch("kundkarriar.ladder.rungs.rung_history.months_of_change", every_month):
            full = method(rows, as_of=as_of, events=events)
        pd.testing.assert_frame_equal(sparse, full)


@pytest.mark.parametrize("allowed", [170, 171, 172])
def test_a_lapse_on_the_last_day_of_a_month_shows_in_that_month(allowed):
    """From 10 February 171 days are allowed, so that 31 July is the first day of the lapse; no window ends in July."""
    ladder = kk.CustomerLadder.kundkarriar(lapse=kk.Lapse(single=allowed))
    rows = pd.DataFrame({"customer_id": ["a"], "date": [pd.Timestamp("2012-02-10")], "amount": [10.0]})
    careers = ladder.careers(rows, as_of="2013-06-30")
    first = careers.loc[careers["lapsed"], "period_start"].iloc[0]
    assert first == pd.Timestamp("2012-07-01" if allowed < 172 else "2012-08-01")


@settings(max_examples=EXAMPLES)
@given(kind=KIND, purchases=PURCHASES)
def test_a_career_is_the_same_alone_and_in_company(kind, purchases):
    """A customer who buys every month, so that every month is evaluated, changes the rungs of no other."""
    rows = frame(purchases)
    busy = pd.DataFrame({"date": pd.date_range("2011-12-01", "2017-12-31", freq="MS"), "amount": 5.0})
    both = pd.concat([rows, busy.assign(customer_id="busy")], ignore_index=True)
    alone, beside = (LADDERS[kind].careers(data, as_of="2017-12-31") for data in (rows, both))
    beside = beside[beside["customer_id"] != "busy"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, beside)


@settings(max_examples=EXAMPLES)
@given(purchases=PURCHASES, happenings=HAPPENINGS)
def test_facts_change_in_months_of_changing_facts_only(purchases, happenings):
    """Every fact but the days since the last purchase equals that of the month before in all other months."""
    rows, events = frame(purchases), event_frame([("a", 0, "referral"), *happenings])
    rows = pd.concat([rows, frame([("a", 3), ("b", 3)])], ignore_index=True)
    facts_as_of = read_facts_as_of(rows, as_of="2024-12-31", customers=None, events=events)
    columns = [name for name in fact_columns(facts_as_of) if name != months_module.DAYS_SINCE_PURCHASE]
    may_change = set(facts_as_of.months_of_changing_facts().tolist())
    before = None
    for month in range(int(month_of(facts_as_of.known_since.min())), 12 * 47):
        known = pd.DataFrame(facts_at(facts_as_of, np.datetime64(int(last_day(month)), "D"), columns))
        assert month in may_change or before is None or known.equals(before)
        before = known


def test_few_months_of_a_century_are_evaluated():
    """A purchase dated 1900 beside those of 1997 adds fewer than 40 evaluated months, not 1,164."""
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "b", "b"],
            "date": pd.to_datetime(["1900-01-01", "1997-01-10", "1997-06-02"]),
            "amount": 1.0,
        }
    )
    calls = []
    with patch.object(rung_history, "facts_at", lambda *args: calls.append(1) or facts_at(*args)):
        careers = kk.CustomerLadder.kundkarriar().careers(rows, as_of="1997-12-31")
    assert len(calls) < 40
    assert careers.groupby("customer_id").size().to_dict() == {"a": 98 * 12, "b": 12}
    assert careers["purchases"].sum() == 3
    assert careers["complete"].all()
