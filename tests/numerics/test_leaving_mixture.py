"""What stays through an exposure: by series where it holds, by integration where it does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from kundkarriar.numerics import leaving_mixture
from kundkarriar.numerics.leaving_mixture import stays


@given(z=st.floats(1e-3, 5e3), s=st.floats(0.05, 300), a=st.floats(0.1, 50), extra=st.floats(0.5, 1000))
def test_series_and_integral_agree(z, s, a, extra):
    """Two roads to one number, where b grows with s as it does with purchases."""
    args = [np.array([float(value)]) for value in (z, s, a, s + extra)]
    assert_allclose(
        leaving_mixture._by_integration(*args), stays(args[0], s=args[1], a=args[2], b=args[3]), rtol=1e-8, atol=1e-12
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("z", "s", "a", "b"),
    [(5000 / 112, 100.8, 0.8, 103.4), (10.0, 3.0, 2280.0, 1.2e6), (4000.0, 3.0, 3.0, 600.0), (50.0, 301.0, 1.0, 303.0)],
)
def test_where_the_series_fails_the_mean_of_draws_is_met(z, s, a, b):
    """A whole number s - a, or a thousand times too little dropout for the series: finite, and right."""
    draws = np.random.default_rng(1).beta(a, b, 1_000_000)
    sample = (1 + draws * z) ** -s
    error = sample.std() / 1000
    assert abs(stays(z, s=s, a=a, b=b) - sample.mean()) < 5 * error


def test_nobody_leaves_where_a_is_zero():
    """p = 0: everybody stays."""
    assert stays(10.0, s=2.0, a=0.0, b=1.0) == 1.0
