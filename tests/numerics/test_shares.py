"""Intervals of shares: published numbers stand in the doctests; here their laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from kundkarriar.numerics.shares.wilson import difference_of_shares, wilson_interval


@given(n=st.integers(1, 400), share=st.floats(0, 1), level=st.floats(0.5, 0.99))
def test_the_bounds_solve_the_score_equation(n, share, level):
    """Law: a bound p of k / n satisfies |k / n - p| = z sqrt(p (1 - p) / n), and failures mirror successes."""
    k, z = float(round(share * n)), ndtri((1 + level) / 2)
    low, high = (float(each[0]) for each in wilson_interval(k=np.array([k]), n=np.array([float(n)]), level=level))
    assert 0 <= low <= k / n <= high <= 1
    for bound in (low, high):
        assert abs(k / n - bound) == pytest.approx(z * np.sqrt(bound * (1 - bound) / n), rel=1e-6, abs=1e-9)
    mirrored = wilson_interval(k=np.array([n - k]), n=np.array([float(n)]), level=level)
    assert [1 - float(each[0]) for each in mirrored] == pytest.approx([high, low])


def test_nobody_has_no_interval():
    """Of no trials nothing is known; of none that succeeded the lower bound is 0, and the upper one is not."""
    low, high = wilson_interval(k=np.zeros(2), n=np.array([0.0, 10.0]), level=0.9)
    assert np.isnan([low[0], high[0]]).all()
    assert low[1] == 0
    assert 0.1 < high[1] < 0.3
    apart = difference_of_shares(k=np.ones(1), n=np.ones(1), other_k=np.zeros(1), other_n=np.zeros(1), level=0.9)
    assert np.isnan(apart).all()
