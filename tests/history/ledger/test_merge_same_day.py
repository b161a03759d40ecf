"""Merging of the rows of a customer at one time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.history.ledger.merge_same_day import MergedAmounts


def test_first_is_arbitrary_for_customers_without_entries():
    """`count` is 0 for them."""
    merged = MergedAmounts.merge(np.array([0, 2]), np.array([5, 9]), np.ones(2), customers=4)
    assert (merged.first.tolist(), merged.count.tolist()) == ([5, 9, 9, 9], [1, 0, 1, 0])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5), st.integers(0, 9)), max_size=20))
def test_rows_of_a_customer_and_time_are_added(rows):
    """Law: as in a dictionary by customer and time, sorted; zero amounts are entries."""
    code, time, amount = (np.array([row[i] for row in rows], dtype=np.int64) for i in range(3))
    merged = MergedAmounts.merge(code, time, amount.astype(float), customers=4)
    sums = {}
    for row in rows:
        sums[row[:2]] = sums.get(row[:2], 0) + row[2]
    rows_merged = zip(merged.code.tolist(), merged.time.tolist(), merged.amount.tolist(), strict=True)
    assert [((c, t), a) for c, t, a in rows_merged] == sorted(sums.items())
    assert merged.total().tolist() == [sum(a for (c, _), a in sums.items() if c == who) for who in range(4)]
