"""The adjustment by the outcome before: by hand, and where it is left alone."""

import numpy as np
import pytest

from kundkarriar.numerics.experiments.cuped import cuped

RNG = np.random.default_rng(1)


def test_theta_and_rho_by_hand():
    """Oracle: within arms cov / var and the correlation; the mean of all customers stays."""
    arm = np.repeat([0, 1], 500)
    before = RNG.gamma(1.0, 10.0, 1_000) + 5.0 * arm
    outcome = 0.5 * before + RNG.normal(0, 5, 1_000) + 3.0 * arm
    found = cuped(outcome=outcome, before=before, arm=arm, weight=np.ones(1_000), arms=2)
    within = [np.cov(outcome[arm == a], before[arm == a]) for a in (0, 1)]
    covariance = sum(within)
    assert found.theta == pytest.approx(covariance[0, 1] / covariance[1, 1])
    assert found.rho == pytest.approx(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
    assert found.adjusted.mean() == pytest.approx(outcome.mean())
    left = sum(np.var(found.adjusted[arm == a]) for a in (0, 1)) / sum(np.var(outcome[arm == a]) for a in (0, 1))
    assert left == pytest.approx(1 - found.rho**2)


@pytest.mark.parametrize(
    ("slope", "n", "used"), [(0.05, 40_000, False), (0.2, 40_000, True), (0.2, 100, False), (0.0, 40_000, False)]
)
def test_it_is_used_where_it_helps(slope, n, used):
    """Law: not for a share of the variance below one in a hundred, however sure; not where chance may have made it."""
    before = RNG.normal(0, 1, n)
    outcome = slope * before + RNG.normal(0, 1, n)
    found = cuped(outcome=outcome, before=before, arm=np.arange(n) % 2, weight=np.ones(n), arms=2)
    assert found.used == used
    assert (found.adjusted is outcome) != used


def test_a_constant_tells_nothing():
    found = cuped(outcome=np.arange(6.0), before=np.ones(6), arm=np.arange(6) % 2, weight=np.ones(6), arms=2)
    assert (found.theta, found.rho) == (0.0, 0.0)
