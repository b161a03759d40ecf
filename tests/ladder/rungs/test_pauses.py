"""Pauses: of the lapsed, those who have been silent for as long before and came back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

LADDER = kk.CustomerLadder.kundkarriar()
SUMMERS = ["2023-07-01", "2023-07-11", "2023-07-21", "2023-07-31", "2024-07-01", "2024-07-11", "2024-07-21"]


def bought(**days):
    rows = [(customer, pd.Timestamp(day)) for customer, own in days.items() for day in own]
    return pd.DataFrame(rows, columns=["customer_id", "date"]).assign(amount=10.0)


@pytest.mark.parametrize(
    ("day", "lapsed", "paused"),
    [
        ("2025-01-17", False, False),  # 180 days, three mean gaps are 193
        ("2025-06-22", True, True),  # 336 days, as many as from July to July
        ("2025-06-23", True, False),
    ],
)
def test_a_silence_as_long_as_before_is_a_pause(day, lapsed, paused):
    placed = LADDER.place(bought(bursts=SUMMERS), as_of=day)
    assert (placed["lapsed"].item(), placed["paused"].item()) == (lapsed, paused)


def test_the_reason_says_why():
    placed = LADDER.place(bought(bursts=SUMMERS, left=SUMMERS[:4]), as_of="2025-02-28")
    assert placed["reason"].tolist() == [
        "purchase_days is 7 (at least 2); silent for 222 days, and came back after 336 days before",
        "purchase_days is 4 (at least 2)",
    ]


def test_a_ladder_without_lapse_knows_no_pauses():
    ladder = kk.CustomerLadder(rungs=LADDER.rungs, lapse=None)
    placed = ladder.place(bought(bursts=SUMMERS), as_of="2025-02-28")
    assert "paused" not in placed
    assert placed["reason"].item() == "purchase_days is 7 (at least 2)"


DAYS = kk.column("purchase_days")
SOON = kk.CustomerLadder(
    rungs=(kk.Rung(name="new", when=DAYS >= 0), kk.Rung(name="again", when=DAYS >= 2)), lapse=kk.Lapse(days=50, gaps=1)
)


@settings(max_examples=25)
@given(
    own=st.lists(st.lists(st.integers(0, 400), min_size=1, max_size=7, unique=True), min_size=1, max_size=4),
    more=st.integers(0, 300),
)
def test_paused_are_the_lapsed_within_their_longest_gap(own, more):
    """Law: the flag is that of the definition, customer by customer; prospects have none."""
    start, last = pd.Timestamp("2020-01-01"), max(map(max, own)) + more
    rows = bought(**{f"c{at}": [start + pd.Timedelta(days=day) for day in days] for at, days in enumerate(own)})
    customers = pd.DataFrame({"customer_id": ["prospect"]})
    placed = SOON.place(rows, as_of=start + pd.Timedelta(days=last), customers=customers)
    longest = {f"c{at}": max(np.diff(sorted(days)), default=0) for at, days in enumerate(own)}
    silent = {f"c{at}": last - max(days) for at, days in enumerate(own)}
    expected = [
        flag and silent[customer] <= longest[customer]
        for customer, flag in zip(placed["customer_id"], placed["lapsed"], strict=True)
    ]
    assert placed["paused"].tolist() == expected
