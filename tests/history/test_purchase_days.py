"""Purchases day by day: what the ladder and the careers are counted from."""

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.history.ledger import NEVER, read_ledger
from kundkarriar.history.merged_purchases import Entries
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.orders.unmatched_returns import unmatched_returns


def day(text):
    return dt.datetime.fromisoformat(text)


def number(text):
    return int(np.datetime64(text, "D").astype(int))


LINES = [
    ("b", "2026-01-03T10", 40.0),
    ("a", "2026-01-02", 10.0),
    ("b", "2026-01-01", 20.0),
    ("b", "2026-01-03T15", -15.0),
    ("a", "2026-01-05", -4.0),
    ("b", "2026-01-06", -2.0),
    ("c", "2026-01-04", 7.0),
    ("c", "2026-01-04", -7.0),
    ("d", "2026-02-01", 9.0),
]


def transactions(frame_of):
    ids, dates, amounts = zip(*LINES, strict=True)
    return frame_of({"customer_id": list(ids), "date": [day(date) for date in dates], "amount": list(amounts)})


def test_days_are_sorted_by_customer_then_day(frame_of):
    """Customers by first appearance; what was wholly taken back on its day is no purchase day."""
    days = purchase_days(transactions(frame_of), as_of="2026-01-31")
    assert days.customers.to_list() == ["b", "a", "c"]
    assert days.code.tolist() == [0, 0, 1]
    assert days.day.tolist() == [number("2026-01-01"), number("2026-01-03"), number("2026-01-02")]
    assert days.spend.tolist() == [20.0, 25.0, 10.0]


def test_a_later_return_is_booked_at_its_own_date(frame_of):
    """So that it never changes what was known before."""
    days = purchase_days(transactions(frame_of), as_of="2026-01-31")
    booked = list(zip(days.ledger_code.tolist(), days.ledger_day.tolist(), days.ledger_amount.tolist(), strict=True))
    assert booked == [
        (0, number("2026-01-01"), 20.0),
        (0, number("2026-01-03"), 25.0),
        (0, number("2026-01-06"), -2.0),
        (1, number("2026-01-02"), 10.0),
        (1, number("2026-01-05"), -4.0),
    ]


def test_first_contact_is_the_given_day_or_the_first_row_if_earlier(frame_of):
    """Of who never had either it is not known."""
    known = frame_of(
        {"customer_id": ["e", "a", "b", "f"], "first_contact": [day("2025-06-01"), day("2026-03-01"), None, None]}
    )
    days = purchase_days(transactions(frame_of), as_of="2026-01-31", customers=known)
    assert days.customers.to_list() == ["e", "a", "b", "f", "c"]
    assert days.first_contact.tolist() == [
        number("2025-06-01"),
        number("2026-01-02"),
        number("2026-01-01"),
        NEVER,
        number("2026-01-04"),
    ]


def test_stamps_are_kept_apart_on_request():
    """merge="s": the day comes once per stamp."""
    stamps = pd.to_datetime(["2026-01-01 09:00", "2026-01-01 10:00"])
    rows = pd.DataFrame({"customer_id": [1, 1], "date": stamps, "amount": [5.0, 6.0]})
    days = purchase_days(rows, as_of="2026-01-31", merge="s")
    assert (days.day.tolist(), days.spend.tolist()) == ([number("2026-01-01")] * 2, [5.0, 6.0])


def walk_back(moves):
    """What returns find nothing for, taken from the latest purchase day back, one by one."""
    left, unmatched = [], []
    for amount in moves:
        if amount >= 0:
            left.append(amount)
            continue
        due = -amount
        while due > 0 and left:
            taken = min(due, left[-1])
            due, left[-1] = due - taken, left[-1] - taken
            if not left[-1]:
                left.pop()
        unmatched.append(due)
    return unmatched


@given(st.lists(st.lists(st.integers(-30, 30).filter(bool), min_size=1, max_size=8), min_size=1, max_size=3))
def test_returns_walk_back_over_earlier_purchases(customers):
    """The part without a purchase is that of a walk, return by return, over the days before."""
    lines = [(who, at, float(x)) for who, moves in enumerate(customers) for at, x in enumerate(moves)]
    ids, days, amounts = (np.array(column) for column in zip(*lines, strict=True))
    date = np.datetime64("2026-01-01", "us") + days.astype("timedelta64[D]")
    ledger = read_ledger(
        pd.DataFrame({"customer_id": ids, "date": date, "amount": amounts}), as_of="2026-01-31", need="this test"
    )
    expected = [left for moves in customers for left in walk_back(moves)]
    np.testing.assert_allclose(unmatched_returns(ledger), expected, atol=1e-9)


def test_what_others_spend_leaves_nothing_of_a_small_return():
    """Ten cents returned in full are returned in full, beside a customer with a billion."""
    ids = ["giant"] * 2 + ["small"] * 4
    days = ["2026-01-01", "2026-01-02", "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]
    amounts = [1e9 / 3, -1e9 / 7, 0.1, -0.1, 0.2, -0.2]
    frame = pd.DataFrame({"customer_id": ids, "date": pd.to_datetime(days), "amount": amounts})
    assert unmatched_returns(read_ledger(frame, as_of="2026-01-31", need="this test")).tolist() == [0.0, 0.0, 0.0]


def test_an_empty_customer_has_the_first_entry_of_another():
    """As documented: only `count` tells that there is none."""
    entries = Entries.of(np.array([0, 2]), np.array([5, 9]), np.ones(2), customers=4)
    assert (entries.first.tolist(), entries.count.tolist()) == ([5, 9, 9, 9], [1, 0, 1, 0])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5), st.integers(0, 9)), max_size=20))
def test_entries_add_up_the_rows_of_a_customer_and_time(rows):
    """As a dictionary would, sorted by customer, then time; zeros are entries."""
    code, time, amount = (np.array([row[i] for row in rows], dtype=np.int64) for i in range(3))
    entries = Entries.of(code, time, amount.astype(float), customers=4)
    sums = {}
    for row in rows:
        sums[row[:2]] = sums.get(row[:2], 0) + row[2]
    found = zip(entries.code.tolist(), entries.time.tolist(), entries.amount.tolist(), strict=True)
    assert [((c, t), a) for c, t, a in found] == sorted(sums.items())
    assert entries.total().tolist() == [sum(a for (c, _), a in sums.items() if c == who) for who in range(4)]
