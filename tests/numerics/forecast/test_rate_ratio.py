"""The ratio of purchase rates of two groups, and its standard error."""

import numpy as np
import pytest

from kundkarriar.numerics.forecast.rate_ratio import log_rate_ratio


def test_a_ratio_by_hand():
    """6 purchases in 12 weeks against 2 in 10: .5 / .2; the error is that of ratios of sums over customers."""
    x, T = np.array([4.0, 2.0, 2.0, 0.0]), np.array([6.0, 6.0, 6.0, 4.0])
    log_ratio, error = log_rate_ratio(x=x, T=T, group=np.array([True, True, False, False]))
    assert log_ratio == pytest.approx(np.log(2.5))
    assert error == pytest.approx(np.sqrt((1 + 1) / 36 + (0.8**2 + 0.8**2) / 4))


def test_the_error_is_the_spread_of_the_estimate():
    """Law: over simulated groups of gamma rates, the standard error is the standard deviation of the log ratio."""
    generator = np.random.default_rng(1)
    group = np.arange(400) < 150
    found = []
    for _ in range(400):
        T = generator.uniform(10, 50, size=400)
        x = generator.poisson(generator.gamma(0.7, 0.1, size=400) * T).astype(float)
        found.append(log_rate_ratio(x=x, T=T, group=group))
    log_ratios, errors = np.array(found).T
    assert errors.mean() == pytest.approx(log_ratios.std(), rel=0.1)
    assert abs(log_ratios.mean()) < 3 * log_ratios.std() / np.sqrt(400)


@pytest.mark.parametrize("group", [[True, True, False], [True, True, True]])
def test_a_group_without_purchases_has_no_ratio(group):
    assert np.isnan(log_rate_ratio(x=np.array([1.0, 2.0, 0.0]), T=np.full(3, 5.0), group=np.array(group))).all()
