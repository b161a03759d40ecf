"""Unmatched returns: the part of returns that exceeds all earlier purchases."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.history.ledger.ledger import read_ledger
from kundkarriar.orders.unmatched_returns import unmatched_returns


def unmatched_by_hand(moves):
    """Unmatched part of each return, set against purchases one by one from the latest backwards."""
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
def test_unmatched_returns_equal_those_by_hand(customers):
    """Law: the unmatched part equals that of setting each return against earlier purchases one by one."""
    lines = [(who, at, float(x)) for who, moves in enumerate(customers) for at, x in enumerate(moves)]
    ids, days, amounts = (np.array(column) for column in zip(*lines, strict=True))
    date = np.datetime64("2026-01-01", "us") + days.astype("timedelta64[D]")
    ledger = read_ledger(
        pd.DataFrame({"customer_id": ids, "date": date, "amount": amounts}), as_of="2026-01-31", need="this test"
    )
    expected = [left for moves in customers for left in unmatched_by_hand(moves)]
    np.testing.assert_allclose(unmatched_returns(ledger), expected, atol=1e-9)


def test_other_customers_do_not_change_a_small_return():
    """Ten cents returned in full are matched in full, beside a customer with a billion."""
    ids = ["giant"] * 2 + ["small"] * 4
    days = ["2026-01-01", "2026-01-02", "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]
    amounts = [1e9 / 3, -1e9 / 7, 0.1, -0.1, 0.2, -0.2]
    frame = pd.DataFrame({"customer_id": ids, "date": pd.to_datetime(days), "amount": amounts})
    assert unmatched_returns(read_ledger(frame, as_of="2026-01-31", need="this test")).tolist() == [0.0, 0.0, 0.0]
