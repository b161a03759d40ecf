"""Purchase days and ledger entries."""

import datetime as dt

import numpy as np
import pandas as pd

from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.history.purchase_days import purchase_days


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
    """Customers by first appearance; a purchase fully returned on its day is not a purchase day."""
    days = purchase_days(transactions(frame_of), as_of="2026-01-31")
    assert days.customers.to_list() == ["b", "a", "c"]
    assert days.code.tolist() == [0, 0, 1]
    assert days.day.tolist() == [number("2026-01-01"), number("2026-01-03"), number("2026-01-02")]
    assert days.spend.tolist() == [20.0, 25.0, 10.0]


def test_a_later_return_is_booked_at_its_own_date(frame_of):
    """It does not change earlier facts."""
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
    """It is missing without either."""
    known = frame_of(
        {"customer_id": ["e", "a", "b", "f"], "first_contact": [day("2025-06-01"), day("2026-03-01"), None, None]}
    )
    days = purchase_days(transactions(frame_of), as_of="2026-01-31", customers=known)
    assert days.customers.to_list() == ["e", "a", "b", "f", "c"]
    assert days.ledger.known_since.tolist() == [
        number("2025-06-01"),
        number("2026-01-02"),
        number("2026-01-01"),
        NEVER,
        number("2026-01-04"),
    ]


def test_time_stamps_are_not_merged_on_request():
    """With merge="s" a day occurs once per time stamp."""
    stamps = pd.to_datetime(["2026-01-01 09:00", "2026-01-01 10:00"])
    rows = pd.DataFrame({"customer_id": [1, 1], "date": stamps, "amount": [5.0, 6.0]})
    days = purchase_days(rows, as_of="2026-01-31", merge="s")
    assert (days.day.tolist(), days.spend.tolist()) == ([number("2026-01-01")] * 2, [5.0, 6.0])
