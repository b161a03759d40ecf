"""The gamma of event rates: derivatives, maximum, limits, and draws of its parameters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import nbinom

from kundkarriar.numerics.event_rates.negative_binomial import RateLaw, _Objective, fit_rate_law

ROWS = st.lists(st.tuples(st.integers(0, 12), st.floats(0.5, 900.0)), min_size=2, max_size=12)


def arrays(rows):
    counts, exposure = zip(*rows, strict=True)
    return np.array(counts), np.array(exposure)


def log_likelihood(theta, counts, exposure):
    m, k = np.exp(theta)
    return float(nbinom.logpmf(counts, k, k / (k + m * exposure)).sum())


@given(rows=ROWS, log_mean=st.floats(-7, 1), log_shape=st.floats(-3, 5))
def test_the_objective_is_the_likelihood_of_the_negative_binomial_with_its_derivatives(rows, log_mean, log_shape):
    counts, exposure = arrays(rows)
    at = _Objective(counts=counts, exposure=exposure).at
    theta, step = np.array([log_mean, log_shape]), 1e-5
    other = theta + np.array([0.3, -0.2])
    own = [at(point)[0] for point in (theta, other)]
    theirs = [log_likelihood(point, counts, exposure) for point in (theta, other)]
    assert own[1] - own[0] == pytest.approx(theirs[1] - theirs[0], rel=1e-7, abs=1e-7)
    _, gradient, hessian = at(theta)
    for axis in range(2):
        shift = step * np.eye(2)[axis]
        up, down = at(theta + shift), at(theta - shift)
        scale = 1 + np.abs(own).max()
        assert (up[0] - down[0]) / (2 * step) == pytest.approx(gradient[axis], rel=1e-5, abs=1e-7 * scale)
        assert (up[1] - down[1]) / (2 * step) == pytest.approx(hessian[axis], rel=1e-4, abs=1e-6 * scale)


def test_the_maximum_is_that_of_a_plain_search():
    generator = np.random.default_rng(1)
    exposure = generator.uniform(50, 900, 400)
    counts = generator.poisson(exposure * generator.gamma(0.6, 0.004, 400))
    law = fit_rate_law(counts, exposure)
    plain = minimize(lambda theta: -log_likelihood(theta, counts, exposure), [-6.0, 0.0], method="BFGS")
    assert np.log([law.mean, law.shape]) == pytest.approx(plain.x, abs=1e-4)
    at = _Objective(counts=counts, exposure=exposure).at
    information = -at(np.log([law.mean, law.shape]))[2]
    assert law.covariance @ information == pytest.approx(np.eye(2), abs=1e-6)


@settings(max_examples=60)
@given(rows=ROWS)
def test_time_has_any_unit(rows):
    counts, exposure = arrays(rows)
    law, in_weeks = fit_rate_law(counts, exposure), fit_rate_law(counts, exposure / 7)
    assert in_weeks.mean == pytest.approx(law.mean * 7, rel=1e-6)
    assert np.isfinite(in_weeks.shape) == np.isfinite(law.shape)
    if np.isfinite(law.shape) and law.covariance[1, 1] < 1:
        assert in_weeks.shape == pytest.approx(law.shape, rel=1e-4)


@settings(max_examples=60)
@given(rows=ROWS)
def test_the_law_is_a_law_wherever_the_search_ends(rows):
    """Numbers are finite, variances allow the covariance, and no rate beats the largest one seen."""
    counts, exposure = arrays(rows)
    law = fit_rate_law(counts, exposure)
    assert law.shape > 0
    assert 0 <= law.mean <= (counts / exposure).max() * (1 + 1e-9)
    (in_mean, both), (_, in_shape) = law.covariance
    assert min(in_mean, in_shape) >= 0
    assert both**2 <= in_mean * in_shape * (1 + 1e-9)
    mean, shape = law.draw(5, np.random.default_rng(0))
    assert (np.isfinite(mean) & (shape > 0)).all()


def test_limits_without_events_without_differences_and_without_time():
    nobody = fit_rate_law(np.zeros(4, np.int64), np.full(4, 100.0))
    assert (nobody.mean, nobody.shape) == (0.0, np.inf)
    alike = fit_rate_law(np.array([1, 1, 1, 1]), np.full(4, 100.0))
    assert (alike.mean, alike.shape) == (0.01, np.inf)
    assert alike.covariance.tolist() == [[0.25, 0.0], [0.0, 0.0]]
    assert fit_rate_law(np.array([1, 1, 1, 1, 7]), np.array([100.0] * 4 + [0.0])).mean == 0.01
    assert fit_rate_law(np.empty(0, np.int64), np.empty(0)).mean == 0.0


def test_drawn_means_have_the_estimate_as_their_expectation():
    law = RateLaw(mean=0.01, shape=0.5, covariance=np.array([[0.5, 0.2], [0.2, 0.3]]))
    mean, shape = law.draw(200_000, np.random.default_rng(3))
    assert mean.mean() == pytest.approx(0.01, rel=0.01)
    assert np.cov(np.log([mean, shape])) == pytest.approx(law.covariance, abs=0.01)
    common, none = RateLaw(mean=0.01, shape=np.inf, covariance=np.diag([0.5, 0])).draw(9, np.random.default_rng(3))
    assert np.isinf(none).all()
    assert len(set(common)) == 9
    flat = RateLaw(mean=0.01, shape=0.5, covariance=np.diag([0.1, 400.0])).draw(1000, np.random.default_rng(3))[1]
    assert np.log(flat).std() == pytest.approx(1.0, abs=0.1)


def test_the_order_of_customers_changes_no_digit() -> None:
    """The rates are the same to the last digit however the customers are ordered."""
    generator = np.random.default_rng(3)
    exposure = generator.uniform(50, 900, 300)
    counts = generator.poisson(exposure * generator.gamma(0.5, 0.004, 300))
    order = generator.permutation(300)
    one, other = fit_rate_law(counts, exposure), fit_rate_law(counts[order], exposure[order])
    assert (one.mean, one.shape, one.covariance.tolist()) == (other.mean, other.shape, other.covariance.tolist())
