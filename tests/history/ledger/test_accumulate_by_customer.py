"""Cumulative sums and maxima within each customer's values."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.history.sorted_entries import accumulate_by_customer

segments = st.lists(st.lists(st.floats(-1e12, 1e12), max_size=9), max_size=6)


@given(segments, st.sampled_from([np.add, np.maximum]))
def test_other_customers_change_no_digit(given_segments, ufunc):
    """Law: the result is bitwise that of the customer alone, and that of numpy but for the order of additions."""
    starts = np.cumsum([0, *map(len, given_segments)])
    found = accumulate_by_customer(
        ufunc, np.array([x for segment in given_segments for x in segment], dtype=float), starts
    )
    for segment, begin in zip(given_segments, starts, strict=False):
        values = np.array(segment, dtype=float)
        mine = found[begin : begin + len(segment)]
        assert mine.tolist() == accumulate_by_customer(ufunc, values, np.array([0, len(segment)])).tolist()
        np.testing.assert_allclose(mine, ufunc.accumulate(values), rtol=0, atol=1e-15 * np.abs(values).sum())
