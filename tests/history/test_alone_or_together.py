"""Law: the numbers of a customer are bitwise the same alone and in any file."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.history.ledger.ledger import read_ledger
from kundkarriar.history.purchase_days import purchase_days
from kundkarriar.orders.unmatched_returns import unmatched_returns

START = np.datetime64("2026-01-01", "us")
AS_OF = "2026-01-31"
MINE = 100

hours = st.sampled_from([8, 12, 16, 20, 36, 40])  # of two days, so that returns meet several purchases of their day
cents = st.integers(-50_000, 50_000).map(lambda cents: cents / 100)
any_amounts = st.one_of(cents, st.floats(-1e7, 1e7, allow_subnormal=False))
histories = st.lists(st.tuples(hours, any_amounts), min_size=3, max_size=12)
PARTLY_RETURNED = [(8, 19.9), (12, 4.35), (16, 0.07), (20, -4.40)]
ALWAYS = [(1, 9, 1e15 / 3), (1, 17, -1e14 / 7), (200, 9, 1e15 / 3), (200, 17, -1e14 / 7)]
giants = st.lists(
    st.tuples(st.sampled_from([1, 2, 200]), hours, st.floats(-1e15, 1e15, allow_subnormal=False)), max_size=8
).map(lambda lines: ALWAYS + lines)


merges = st.sampled_from(["D", "s"])


def frame(lines):
    ids, at, amounts = (list(column) for column in zip(*lines, strict=True))
    return pd.DataFrame(
        {
            "customer_id": np.array(ids, dtype=np.int64),
            "date": START + np.array(at, dtype=np.int64) * np.timedelta64(3600 * 10**6, "us"),
            "amount": np.array(amounts, dtype=np.float64),
        }
    )


def mine(table):
    return table[table["customer_id"] == MINE].reset_index(drop=True)


@example(PARTLY_RETURNED, ALWAYS, "s")
@given(histories, giants, merges)
def test_a_summary_is_the_same_alone_and_beside_giants(history, others, merge):
    """Every column of a customer is equal to the last digit, whatever other customers are in the file."""
    own = [(MINE, *line) for line in history]
    alone = mine(kk.summarize(frame(own), as_of=AS_OF, merge=merge))
    together = mine(kk.summarize(frame([*others, *own]), as_of=AS_OF, merge=merge))
    pd.testing.assert_frame_equal(alone, together, check_exact=True)


@example(PARTLY_RETURNED, ALWAYS, "s")
@given(histories, giants, merges)
def test_purchase_days_are_the_same_alone_and_beside_giants(history, others, merge):
    """Days, spend and ledger of one customer, to the last digit."""
    own = [(MINE, *line) for line in history]
    found = []
    for lines in (own, [*others, *own]):
        days = purchase_days(frame(lines), as_of=AS_OF, merge=merge)
        at = days.customers.to_list().index(MINE)
        found.append(
            [
                values[code == at].tolist()
                for code, values in (
                    (days.code, days.day),
                    (days.code, days.spend),
                    (days.ledger_code, days.ledger_day),
                    (days.ledger_code, days.ledger_amount),
                )
            ]
        )
    assert found[0] == found[1]


@settings(max_examples=25)
@given(histories, giants)
def test_facts_and_careers_are_the_same_alone_and_beside_giants(history, others):
    """Facts, and the monthly values of careers."""
    own = [(MINE, *line) for line in history]
    ladder = kk.CustomerLadder.kundkarriar()
    for table in (
        lambda rows: kk.facts(rows, as_of=AS_OF),
        lambda rows: ladder.careers(rows, as_of=AS_OF)[["customer_id", "period_start", "purchases", "value"]],
    ):
        alone, together = mine(table(frame(own))), mine(table(frame([*others, *own])))
        pd.testing.assert_frame_equal(alone, together.tail(len(alone)).reset_index(drop=True), check_exact=True)


@given(histories, giants)
def test_unmatched_returns_are_the_same_alone_and_beside_giants(history, others):
    """The part of a return that is unmatched, to the last digit."""
    own = [(MINE, *line) for line in history]
    found = []
    for lines in (own, [*others, *own]):
        ledger = read_ledger(frame(lines), as_of=AS_OF, need="this test")
        at = ledger.customers.to_list().index(MINE)
        found.append(unmatched_returns(ledger)[ledger.returns.code == at].tolist())
    assert found[0] == found[1]


@pytest.mark.parametrize("divisor", [1.0, 1.22, 1.22e-6])
@pytest.mark.parametrize("merge", ["D", "s"])
def test_fully_returned_purchases_are_not_counted_in_a_large_file(merge, divisor):
    """60,000 customers who returned both purchases on their day have no purchase, for any currency and VAT."""
    rng = np.random.default_rng(7)
    n = 60_000
    first, second = rng.integers(1, 500_000, (2, n)) / 100
    back = -(np.round((first + second) * 100) / 100)
    lines = pd.DataFrame(
        {
            "customer_id": np.tile(np.arange(n), 3),
            "date": np.repeat(START + np.array([9, 10, 17]) * np.timedelta64(3600 * 10**6, "us"), n),
            "amount": np.concatenate([first, second, back]) / divisor,
        }
    )
    found = kk.summarize(lines, as_of=AS_OF, merge=merge)
    assert int((found["n_transactions"] > 0).sum()) == 0
    assert found["returns_value"].tolist() == found["total_value"].tolist() == [0.0] * n
    late = lines.assign(date=lines["date"] + (lines["amount"] < 0).to_numpy() * np.timedelta64(1, "D"))
    ledger = read_ledger(late, as_of=AS_OF, merge=merge, need="this test")
    assert not unmatched_returns(ledger).any()


amounts = st.integers(1, 10**9).map(lambda cents: cents / 100)


@given(st.lists(amounts, min_size=1, max_size=8), st.data())
def test_a_fully_returned_day_leaves_nothing_and_one_cent_less_leaves_a_cent(bought, data):
    """Returns are set against the latest purchases to the cent, whatever else was bought that day."""
    cents = [round(amount * 100) for amount in bought]
    back = data.draw(st.integers(1, sum(cents)))
    lines = [(MINE, at, amount) for at, amount in enumerate(bought)] + [(MINE, 20, -back / 100)]
    left = []
    for amount in reversed(cents):
        taken, back = min(amount, back), back - min(amount, back)
        if amount > taken:
            left.insert(0, (amount - taken) / 100)
    days = purchase_days(frame(lines), as_of=AS_OF, merge="s")
    assert days.spend.tolist() == left
    assert days.ledger_amount.tolist() == left
