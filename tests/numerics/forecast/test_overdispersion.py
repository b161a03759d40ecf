"""The variance of customers' rates: recovered where they changed, about 0 where they did not."""

import numpy as np
import pytest

from kundkarriar.numerics.forecast.accuracy import groups
from kundkarriar.numerics.forecast.overdispersion import rate_variance, yearly_drift
from kundkarriar.numerics.forecast.rate_drift import path_variance

R, MEAN, HORIZON = 0.8, 10.0, 0.5


def estimated(drift, *, n=8000, S=60, seed=1, level=1.0, scale=1.0):
    """NBD customers seen for a year, their rates then multiplied, their forecast from draws given the first year."""
    g = np.random.default_rng(seed)
    rate = g.gamma(R, MEAN / R, n)
    x = g.poisson(rate)
    spread = np.log1p(path_variance(drift=drift, years=HORIZON))
    moved = np.exp(np.sqrt(spread) * g.standard_normal(n) - spread / 2)
    y = g.poisson(rate * moved * HORIZON * level).astype(float)
    mean = (R + x) / (R / MEAN + 1) * HORIZON
    draws = g.poisson(g.gamma(R + x[:, None], 1 / (R / MEAN + 1), (n, S)) * HORIZON)
    alike = groups(predicted=mean, count=20)
    return rate_variance(actual=y, mean=mean * scale, variance=draws.var(axis=1, ddof=1), group=alike)


@pytest.mark.parametrize("drift", [0.3, 0.6, 1.0])
def test_a_simulated_drift_is_recovered(drift):
    """Over ten data sets the mean is right to within its error, and so are the errors given."""
    true = path_variance(drift=drift, years=HORIZON)
    found = [estimated(drift, seed=seed) for seed in range(10)]
    mean, error = np.mean([one.variance for one in found]), np.mean([one.std_error for one in found])
    assert mean == pytest.approx(true, abs=3 * error / np.sqrt(10) + 0.02 * true)
    assert np.std([one.variance for one in found], ddof=1) == pytest.approx(error, rel=0.6)
    assert yearly_drift(variance=float(mean), years=HORIZON) == pytest.approx(drift, rel=0.15)


@pytest.mark.parametrize("level", [1.0, 1.5])
def test_without_drift_there_is_about_none(level):
    """Also where the whole forecast is a third too low: a wrong level is no drift."""
    found = [estimated(0.0, seed=seed, level=level) for seed in range(10)]
    error = np.mean([one.std_error for one in found]) / np.sqrt(10)
    assert np.mean([one.variance for one in found]) == pytest.approx(0.0, abs=3 * error)
    assert np.mean([one.scatter for one in found]) == pytest.approx(1.0, abs=0.03)


def test_nothing_expected_says_nothing():
    """There is no estimate where nobody was expected to buy, or where no group has two customers."""
    none = np.zeros(4)
    assert rate_variance(actual=none, mean=none, variance=none, group=np.ones(4, dtype=int)) is None
    ones = np.ones(4)
    assert rate_variance(actual=ones, mean=ones, variance=2 * ones, group=np.arange(4)) is None


def test_a_level_shift_of_the_forecast_changes_nothing():
    """A forecast twice as high, with its variance scaled to match, gives the same estimate: each group is rescaled."""
    g = np.random.default_rng(2)
    mean, y = g.gamma(2.0, size=500), g.poisson(2.0, 500).astype(float)
    group = groups(predicted=mean, count=5)
    spread = 0.3 * mean**2
    one = rate_variance(actual=y, mean=mean, variance=mean + spread, group=group)
    other = rate_variance(actual=y, mean=2 * mean, variance=2 * mean + 4 * spread, group=group)
    assert other.variance == pytest.approx(one.variance)


def test_by_hand():
    """Two groups of two customers: levels set to the outcomes, one degree of freedom lost in each, weights by size."""
    y, m, v = np.array([3.0, 1, 0, 2]), np.array([1.0, 3, 0.5, 0.5]), np.array([1.5, 4, 0.75, 0.75])
    found = rate_variance(actual=y, mean=m, variance=v, group=np.array([1, 1, 2, 2]))
    adjusted, rate_spread = (
        np.array([1.0, 3, 1, 1]),
        np.array([0.5, 1, 1, 1]),
    )  # the second group is doubled, twice squared
    whole = adjusted + rate_spread
    w = 1 / np.array([2.75, 2.75, 2, 2])
    excess = w * (2 * (y - adjusted) ** 2 - whole)
    weight = w * (adjusted**2 + rate_spread)
    assert found.variance == pytest.approx(excess.sum() / weight.sum())
    assert found.scatter == pytest.approx(1 + excess.sum() / 4)
    influence = excess - found.variance * weight
    assert found.std_error == pytest.approx(np.sqrt((influence**2).sum()) / weight.sum())
