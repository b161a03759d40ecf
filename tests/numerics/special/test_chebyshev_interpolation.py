"""Chebyshev interpolation over ages reproduces the function."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from kundkarriar.numerics.bgnbd import poisson_expectation
from kundkarriar.numerics.bgnbd.alive_customers import alive_customers
from kundkarriar.numerics.special.chebyshev_interpolation import POINTS, interpolate_over_ages


@given(
    r=st.floats(0.05, 5),
    alpha=st.floats(0.01, 100),
    a=st.just(0.0) | st.floats(1e-12, 15),
    b=st.floats(0.1, 20),
    horizon=st.sampled_from([0.5, 52.0, 520.0, np.inf]),
)
def test_expectations_are_the_same_with_and_without_interpolation(r, alpha, a, b, horizon):
    """Whatever the parameters: within 1e-9 of the value computed row by row."""
    x = np.repeat([0.0, 1.0, 40.0], 200)
    rate = alpha + np.tile(np.linspace(0.0, 700.0, 200), 3)

    def ahead(x, rate):
        alive = alive_customers(k=1, s=r + x, rate=rate, a=a, b=b + x)
        parts = poisson_expectation.residual(horizon, alive, discount_rate=0.0018)
        return tuple(part[0] for part in parts[:3])

    for one, other in zip(interpolate_over_ages(ahead, x=x, rate=rate), ahead(x, rate), strict=True):
        assert_allclose(one, other, rtol=1e-9)


def test_a_kink_is_computed_row_by_row():
    """Its series does not converge: the rows of that x are computed exactly, the others are interpolated."""
    x, rate = np.repeat([0.0, 1.0], 500), np.tile(np.linspace(1.0, 50.0, 500), 2)
    calls = []

    def kinked(x, rate):
        calls.append(len(x))
        return (np.where(x == 0, 1 + np.abs(rate - 20.3), rate),)

    (answer,) = interpolate_over_ages(kinked, x=x, rate=rate)
    assert_allclose(answer, np.where(x == 0, 1 + np.abs(rate - 20.3), rate), rtol=1e-12)
    assert calls == [2 * POINTS, 500]


@pytest.mark.parametrize("n", [0, 1, 2 * POINTS])
def test_few_ages_need_no_interpolation(n):
    """With few ages each value is the function's own."""
    rate = np.linspace(1.0, 2.0, n)
    (answer,) = interpolate_over_ages(lambda x, rate: (x + rate,), x=np.zeros(n), rate=rate)
    np.testing.assert_array_equal(answer, rate)


@pytest.mark.parametrize("end", [0.1, 20.0])
def test_one_age_far_from_the_others_is_interpolated_too(end):
    """The series spans the youngest and the oldest, whatever order they come in."""
    rate = np.append(np.linspace(1.0, 2.0, 100), end)
    (answer,) = interpolate_over_ages(lambda x, rate: ((1 + x) / (1 + rate),), x=np.zeros(101), rate=rate)
    assert_allclose(answer, 1 / (1 + rate), rtol=1e-9)
