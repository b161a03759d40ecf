"""Equality of amounts up to rounding."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE, merge_ties

numbers = st.lists(st.floats(-1e9, 1e9) | st.sampled_from([0.3, 0.1 + 0.2, np.nan]), max_size=20)


@given(numbers, st.randoms(use_true_random=False))
def test_ties_are_equal_and_others_stay_apart_in_any_order(values, random):
    """Values within `TIE_TOLERANCE` become equal; none moves by more, order stays, and row order changes nothing."""
    values = np.array(values, dtype=float)
    found = merge_ties(values)
    order = list(range(len(values)))
    random.shuffle(order)
    np.testing.assert_array_equal(merge_ties(values[order]), found[order])
    known = ~np.isnan(values)
    np.testing.assert_array_equal(np.isnan(found), ~known)
    moved = found[known] - values[known]
    assert (moved >= 0).all()
    assert (moved <= len(values) * TIE_TOLERANCE * np.abs(values[known]) + 1e-300).all()
    for i in np.flatnonzero(known):
        near = np.abs(values - values[i]) <= TIE_TOLERANCE * np.maximum(np.abs(values), abs(values[i]))
        assert (found[near] == found[i]).all()
        assert (found[values < values[i] * (1 - np.sign(values[i]) * 30 * TIE_TOLERANCE) - 1e-300] < found[i]).all()


def test_a_part_in_a_billion_is_no_tie():
    assert merge_ties(np.array([1.0, 1.0 + 1e-9])).tolist() == [1.0, 1.0 + 1e-9]
