"""Log rising factorials."""

import numpy as np
import pytest
from scipy.special import gammaln

from kundkarriar.numerics.special.rising_factorial import log_rising_factorial, log_sum_batch


@pytest.mark.parametrize("start", [1e-8, 0.3, 50.0, 1e6, 1e20])
def test_rising_factorials_of_many_starts_are_those_of_one(start):
    """Law: products, log-gammas and sums of logarithms agree, whatever the shape of the starts."""
    steps = np.array([0.0, 1, 5, 16, 17, 32, 33, 400])
    expected = log_rising_factorial(start, steps)
    np.testing.assert_allclose(log_rising_factorial(np.full(len(steps), start), steps), expected, rtol=1e-12)
    np.testing.assert_allclose(log_rising_factorial(np.full(6, start), steps[:6]), expected[:6], rtol=1e-12)
    for rows in (1, len(steps)):
        many = log_rising_factorial(np.full((rows, 3), start), steps[:, None])
        np.testing.assert_allclose(many, np.tile(expected[:, None], 3), rtol=1e-12)


def test_a_customer_of_a_million_purchases_costs_no_table():
    """A sum over a million counts would be a million logarithms a point; the value is that of scipy's log-gammas."""
    counts = np.ones(1_000_000)
    start = np.array([0.5, 3.0])
    found = log_sum_batch(start, counts)
    assert found == pytest.approx(gammaln(start + 1e6) - gammaln(start), rel=1e-12)
