"""Drawn totals against the expected total."""

import numpy as np
import pytest
from scipy import stats

from kundkarriar.scoring.draws.drawn_total import central, interval_around, left_open, mean_and_error

TOTALS = np.arange(1.0, 101.0)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.99])
@pytest.mark.parametrize("draws", [1, 2, 7, 100])
def test_bounds_are_numpys_quantiles(level, draws):
    values = np.random.default_rng(1).gamma(0.3, 10, (5, draws))
    values[2, draws // 2] = np.nan
    expected = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=-1)
    np.testing.assert_allclose(central(values, level), expected, rtol=1e-13)


@pytest.mark.parametrize(("expected", "bounds"), [(50.0, (5.95, 95.05)), (2.0, (2.0, 95.05)), (99.0, (5.95, 99.0))])
def test_an_interval_contains_its_point(expected, bounds):
    assert interval_around(expected, TOTALS, 0.9) == pytest.approx(bounds)


def test_chance_of_the_mean_is_students():
    """Of two draws, whose spread says little, it is wide: the quantile is 12.7 standard errors."""
    mean, error = mean_and_error(np.array([10.0, 12.0]))
    assert mean == 11.0
    assert error == pytest.approx(stats.t.ppf(0.975, 1) * 1.0)
    low, high = stats.t.interval(0.95, 99, loc=TOTALS.mean(), scale=stats.sem(TOTALS))
    assert mean_and_error(TOTALS) == pytest.approx((TOTALS.mean(), (high - low) / 2))


@pytest.mark.parametrize(
    ("expected", "mean", "error", "said"),
    [
        (100.0, 103.0, 0.0, ""),
        (100.0, 103.1, 0.0, "the data leave it open: the mean over the posterior is 103.10, +3.1%"),
        (100.0, 96.0, 1.0, "the data leave it open: the mean over the posterior is 96.00, -4.0%"),
        (100.0, 96.0, 4.5, ""),
        (-100.0, -96.0, 1.0, "the data leave it open: the mean over the posterior is -96.00, +4.0%"),
        (0.0, 0.0, 0.0, ""),
        (100.0, np.nan, np.nan, ""),
    ],
)
def test_a_total_is_left_open_beyond_three_percent_and_chance(expected, mean, error, said):
    assert left_open(expected, mean=mean, error=error) == said
