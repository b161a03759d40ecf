"""The randomised PIT is uniform where forecasts are right; its distance is Kolmogorov's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kundkarriar.numerics.forecast.randomised_pit import randomised_pit, uniform_distance


@pytest.mark.parametrize("mean", [0.1, 1.0, 5.0])
def test_right_forecasts_have_a_uniform_pit(mean):
    """Law: of counts drawn from their forecasts the PIT is uniform, and of others it is not."""
    generator = np.random.default_rng(1)
    n = 20_000
    p = np.tile(stats.poisson(mean).pmf(np.arange(40)), (n, 1))
    uniform = generator.random(n)
    right, wrong = (randomised_pit(p, actual=generator.poisson(rate, n), uniform=uniform) for rate in (mean, 2 * mean))
    assert uniform_distance(right)[1] > 0.01
    assert uniform_distance(wrong)[1] < 1e-6


@given(st.lists(st.floats(0, 1), min_size=5, max_size=200))
def test_the_distance_is_that_of_scipy(values):
    """Oracle: the statistic of scipy's test; p values agree to the error of the limit."""
    distance, p_value = uniform_distance(np.array(values))
    exact = stats.kstest(values, "uniform")
    assert distance == pytest.approx(exact.statistic, abs=1e-12)
    assert p_value == pytest.approx(exact.pvalue, abs=0.03)


def test_the_pit_lies_between_the_steps_of_the_distribution():
    """At u = 0 it is F(y - 1), at u = 1 it is F(y)."""
    p = np.array([[0.5, 0.3, 0.2]] * 3)
    for u, expected in ((0.0, [0.0, 0.5, 0.8]), (1.0, [0.5, 0.8, 1.0])):
        pit = randomised_pit(p, actual=np.arange(3), uniform=np.full(3, u))
        np.testing.assert_allclose(pit, expected, atol=1e-15)
