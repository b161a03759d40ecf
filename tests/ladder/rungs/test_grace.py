"""Grace and hysteresis: a rung is kept by a lower bar and for a time, so that customers near a border move less."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

LOW = kk.Rung(name="low", when=kk.column("purchase_days") >= 0)
START = pd.Timestamp("2024-01-15")


def at_least(days):
    return kk.column("purchase_days_12M") >= days


def ladder(*, grace=None, keep=None, when=4):
    lower = None if keep is None else at_least(keep)
    hold = None if grace is None and keep is None else kk.Hold(grace=grace, keep=lower)
    return kk.CustomerLadder(rungs=(LOW, kk.Rung(name="high", when=at_least(when), hold=hold)))


def on_high(careers):
    return [f"{month:%Y-%m}" for month in careers.loc[careers["rung"] == "high", "period_start"]]


FOUR = ["2024-01-10", "2024-02-10", "2024-03-10", "2024-04-10"]
"""Purchases within 12 months at month ends: 4 until December 2024, then 3, 2, 1 and none from April 2025."""


@pytest.mark.parametrize(
    ("hold", "last"),
    [
        ({}, "2024-12"),
        ({"keep": 3}, "2025-01"),
        ({"keep": 2}, "2025-02"),
        ({"keep": 2, "grace": "2M"}, "2025-04"),
        ({"grace": "2M"}, "2025-02"),
    ],
)
def test_a_rung_is_kept_by_the_lower_bar_then_for_the_grace(history, hold, last):
    """The condition is met to December, then the lower bar; the grace counts from the last month of either."""
    months = on_high(ladder(**hold).careers(history(a=FOUR), as_of="2025-12-31"))
    assert (months[0], months[-1]) == ("2024-04", last)


def test_the_lower_bar_lifts_nobody(history):
    """Three purchases keep a customer on the rung, but bring nobody to it, nor back to it."""
    rows = history(new=FOUR[:3], back=[*FOUR, "2026-01-10", "2026-02-10", "2026-03-10"])
    careers = ladder(keep=3).careers(rows, as_of="2026-12-31")
    assert on_high(careers[careers["customer_id"] == "new"]) == []
    assert on_high(careers[careers["customer_id"] == "back"])[-1] == "2025-01"


def test_a_customer_falls_to_the_highest_rung_that_holds(history):
    middle = kk.Rung(name="middle", when=at_least(2))
    high = kk.Rung(name="high", when=at_least(4), hold=kk.Hold(keep=at_least(3)))
    three = kk.CustomerLadder(rungs=(LOW, middle, high))
    careers = three.careers(history(a=FOUR), as_of="2025-04-30")
    assert careers["rung"].tolist()[-5:] == ["high", "high", "middle", "low", "low"]
    assert careers["previous_rung"].tolist()[-3:] == ["high", "middle", "middle"]


def test_a_client_stays_one_by_fewer_purchases(history):
    """The preset with `keep_days=1`: one purchase in the year is enough to stay a client."""
    dates = ["2026-01-05", "2026-01-20", "2026-04-10", "2026-07-10"]
    ladders = [kk.CustomerLadder.kundkarriar(grace=grace, keep_days=1) for grace in (None, "3M")]
    last = [
        careers.loc[careers["rung"] == "client", "period_start"].max()
        for careers in (each.careers(history(a=dates), as_of="2028-06-30") for each in ladders)
    ]
    assert [f"{month:%Y-%m}" for month in last] == ["2027-06", "2027-09"]
    assert str(ladders[0].rungs[3]).endswith("at least 3, kept while purchase_days_12M is at least 1")


def test_the_reason_says_what_keeps(history):
    kept, held = (
        ladder(keep=2, grace="2M").place(history(a=FOUR), as_of=day).loc[0, "reason"]
        for day in ("2025-02-28", "2025-03-31")
    )
    assert kept == "kept: purchase_days_12M is 2 (at least 2)"
    assert held == "held by grace: purchase_days_12M is 1 (not at least 2); last met or kept on 2025-02-28"


BOUGHT = st.lists(st.integers(0, 900), min_size=1, max_size=30)


def stood(which, days):
    rows = pd.DataFrame({"customer_id": "a", "date": [START + pd.Timedelta(days=day) for day in days], "amount": 1.0})
    return which.careers(rows, as_of="2027-06-30")["rung_number"].to_numpy()


@settings(max_examples=25)
@given(days=BOUGHT, when=st.integers(2, 5), lower=st.integers(1, 3), grace=st.sampled_from([None, "1M", "3M"]))
def test_a_lower_bar_never_adds_a_move(days, when, lower, grace):
    """With `keep` a customer is never on a lower rung, and does not move more often."""
    with_keep = stood(ladder(when=when, keep=max(when - lower, 1), grace=grace), days)
    without = stood(ladder(when=when, grace=grace), days)
    assert (with_keep >= without).all()
    assert np.count_nonzero(np.diff(with_keep)) <= np.count_nonzero(np.diff(without))


@settings(max_examples=25)
@given(days=BOUGHT, keep=st.integers(1, 2), grace=st.sampled_from([None, "2M"]))
def test_no_border_of_a_higher_ladder_is_crossed_more_often(days, keep, grace):
    """Each border of three rungs is crossed no more often, though a fall of two rungs may become two moves."""
    high = kk.Rung(name="high", when=at_least(5))
    paths = [
        stood(
            kk.CustomerLadder(rungs=(LOW, kk.Rung(name="middle", when=at_least(3), hold=hold), high)),
            days,
        )
        for hold in (kk.Hold(keep=at_least(keep), grace=grace), None if grace is None else kk.Hold(grace=grace))
    ]
    for border in (2, 3):
        with_keep, without = (np.count_nonzero(np.diff(path >= border)) for path in paths)
        assert with_keep <= without


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            kk.Hold,
            (
                "a hold needs a grace, a condition to be kept by, or both.\n\n"
                'Hint: kk.Hold(grace="3M"), kk.Hold(keep=kk.column("purchase_days_12M") >= 2).'
            ),
        ),
        (
            lambda: kk.Hold(keep=2),
            '`keep` must be kk.Condition(...), got 2.\n\nHint: write keep=kk.column("purchase_days") >= 1.',
        ),
        (
            lambda: ladder(keep=4, when=2),
            (
                "the rung `high` keeps nobody: wherever `purchase_days_12M is at least 4` holds, "
                "`purchase_days_12M is at least 2` holds too.\n\n"
                "Hint: `keep` is the lower bar, what is enough to stay; `when` is what it takes to come."
            ),
        ),
    ],
)
def test_invalid_holds_are_refused(make, message):
    with pytest.raises((kk.DataError, ValueError)) as error:
        make()
    assert str(error.value) == message


def test_a_hold_is_stored_and_printed():
    for hold in ({"keep": 2}, {"keep": 2, "grace": "1Y"}, {"grace": "1Y"}):
        one = ladder(**hold)
        assert kk.CustomerLadder.from_dict(one.to_dict()) == one
    assert str(ladder(keep=2, grace="1Y")).startswith(
        "high: purchase_days_12M is at least 4, kept while purchase_days_12M is at least 2, and for 1 year\n"
    )
    assert str(ladder(keep=2)).startswith(
        "high: purchase_days_12M is at least 4, kept while purchase_days_12M is at least 2\n"
    )
