"""The Poisson deviance by hand, and its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kundkarriar.numerics.forecast.poisson_deviance import LEAST, poisson_deviance


def test_by_log_likelihoods():
    """It is twice the log-likelihood of a forecast that was right less that of the forecast."""
    y, m = np.array([0.0, 1.0, 3.0, 7.0]), np.array([0.3, 2.0, 3.0, 0.01])
    by_hand = 2 * (stats.poisson.logpmf(y, np.maximum(y, 1e-300)) - stats.poisson.logpmf(y, m))
    assert poisson_deviance(predicted=m, actual=y) == pytest.approx(by_hand, abs=1e-12)


def test_low_forecasts_count_as_the_least():
    """A forecast of 0 is one of a thousandth."""
    y = np.array([0.0, 2.0])
    floored = poisson_deviance(predicted=np.full(2, LEAST), actual=y)
    assert poisson_deviance(predicted=np.zeros(2), actual=y).tolist() == floored.tolist()
    assert floored == pytest.approx([0.002, 2 * (2 * np.log(2000) - 1.999)])


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.floats(0.01, 60))
def test_lowest_for_the_mean(counts, other):
    """Law: of one forecast for all, the mean of the outcomes has the lowest deviance."""
    y = np.array(counts, dtype=float)
    at_mean, elsewhere = (
        poisson_deviance(predicted=np.full(len(y), m), actual=y).sum() for m in (max(y.mean(), LEAST), other)
    )
    assert at_mean <= elsewhere + 1e-9
