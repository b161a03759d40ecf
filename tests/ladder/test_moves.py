"""Moves of customers over the rungs: promotions, skips, demotions, returns."""

import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

YEAR = kk.column("purchase_days_12M")
THREE = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="low", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="middle", when=YEAR >= 2),
        kk.Rung(name="high", when=YEAR >= 4),
    )
)


def test_moves_are_counted_over_complete_months(history):
    """Up past the middle, down twice; a move in a month that is not over does not count."""
    dates = ["2025-01-10", "2025-02-01", "2025-02-02", "2025-02-03", "2026-03-05", "2026-03-06"]
    rows = history(a=dates, b=["2026-02-10"])
    wanted = {
        "2026-03-15": [["a", 14, 1, 1, 2, 1], ["b", 1, 0, 0, 0, 0]],
        "2026-03-31": [["a", 15, 2, 1, 2, 2], ["b", 2, 0, 0, 0, 0]],
    }
    for day, answer in wanted.items():
        counted = kk.moves(THREE.careers(rows, as_of=day))
        assert counted.columns.tolist() == ["customer_id", "months", "promotions", "skips", "demotions", "returns"]
        assert counted.to_numpy().tolist() == answer


def test_moves_need_the_order_of_the_rungs(history):
    careers = THREE.careers(history(a=["2025-01-10"]), as_of="2025-04-30")
    with pytest.raises(kk.DataError) as error:
        kk.moves(careers[["customer_id", "period_start", "rung"]])
    assert str(error.value) == (
        "kk.moves needs columns that are not there: ['rung_number'].\n\n"
        "Hint: the DataFrame has ['customer_id', 'period_start', 'rung']."
    )


@settings(max_examples=25)
@given(days=st.lists(st.integers(0, 900), min_size=1, max_size=25))
def test_moves_are_what_a_plain_loop_counts(days):
    """Every promotion, skip, demotion and return of a random career, one by one."""
    start = pd.Timestamp("2024-01-15")
    rows = pd.DataFrame({"customer_id": "a", "date": [start + pd.Timedelta(days=day) for day in days], "amount": 1.0})
    careers = THREE.careers(rows, as_of="2027-06-30")
    path = careers["rung_number"].tolist()
    steps = [(one, two) for one, two in itertools.pairwise(path) if one != two]
    returned = [path[at] in path[: at - 1] for at in range(1, len(path)) if path[at] != path[at - 1]]
    assert kk.moves(careers).iloc[0, 1:].tolist() == [
        len(path),
        sum(two > one for one, two in steps),
        sum(two > one + 1 for one, two in steps),
        sum(two < one for one, two in steps),
        sum(returned),
    ]


@pytest.mark.parametrize("number", [-1, 0.5, 1e9])
def test_a_rung_number_is_a_whole_number(history, number):
    careers = THREE.careers(history(a=["2025-01-10"]), as_of="2025-04-30")
    with pytest.raises(kk.DataError, match="`rung_number` is a whole number from 0 to 1,000"):
        kk.moves(careers.assign(rung_number=number))
