"""The error of the level: its size from earlier errors, its draws, and the interval of totals with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from kundkarriar.numerics.forecast.level_error import draw_levels, interval_with_level, level_sd


def test_the_size_by_hand():
    """Two origins, 20 % above and 10 % below, of variance .01 each: (.0128 + .0333 + .0111 - .02) / 4."""
    errors = np.log([1.2, 0.9])
    by_hand = np.sqrt((2 * 0.0064 + 0.033241154 + 0.011100838 - 0.02) / 4)
    assert level_sd(errors=errors, variances=np.full(2, 0.01), prior_sd=0.08) == pytest.approx(by_hand, rel=1e-7)


def test_without_origins_it_is_the_prior_and_never_below_0():
    assert level_sd(errors=np.empty(0), variances=np.empty(0), prior_sd=0.08) == pytest.approx(0.08)
    assert level_sd(errors=np.array([0.01]), variances=np.array([0.3]), prior_sd=0.08) == 0.0


def test_many_origins_show_the_level_whatever_the_prior():
    """Law: errors of variance v + sd^2 leave sd."""
    g = np.random.default_rng(3)
    errors = g.normal(0, np.hypot(0.05, 0.12), 20_000)
    for prior in (0.0, 0.08, 0.5):
        found = level_sd(errors=errors, variances=np.full(20_000, 0.05**2), prior_sd=prior)
        assert found == pytest.approx(0.12, rel=0.02)


def test_levels_have_the_mean_1_and_their_log_the_sd():
    levels = draw_levels(entropy=5, draws=100_000, sd=0.2)
    assert levels.mean() == pytest.approx(1, abs=5 * 0.2 / np.sqrt(100_000))
    assert np.log(levels).std() == pytest.approx(0.2, rel=0.01)
    assert (draw_levels(entropy=5, draws=7, sd=0.0) == 1).all()


def test_a_level_depends_on_seed_and_draw_alone():
    """Law: more draws leave the first ones as they are; another seed gives others."""
    many = draw_levels(entropy=5, draws=300, sd=0.1)
    assert (draw_levels(entropy=5, draws=20, sd=0.1) == many[:20]).all()
    assert (draw_levels(entropy=6, draws=300, sd=0.1) != many).all()


@given(sd=st.floats(0.01, 1.0), level=st.floats(0.1, 0.99))
def test_of_equal_totals_the_interval_is_lognormal(sd, level):
    bounds = 50 * np.exp(sd * norm.ppf([(1 - level) / 2, (1 + level) / 2]) - sd**2 / 2)
    assert interval_with_level(np.full(9, 50.0), sd=sd, level=level) == pytest.approx(tuple(bounds), rel=1e-6)


def test_the_interval_is_that_of_many_drawn_levels():
    g = np.random.default_rng(4)
    totals = g.gamma(20, 5, 300)
    products = np.multiply.outer(totals, draw_levels(entropy=1, draws=20_000, sd=0.3))
    found = interval_with_level(totals, sd=0.3, level=0.9)
    assert found == pytest.approx(tuple(np.quantile(products, [0.05, 0.95])), rel=0.01)
    assert interval_with_level(totals, sd=0.0, level=0.9) == pytest.approx(tuple(np.quantile(totals, [0.05, 0.95])))


def test_totals_of_0_stay_0():
    """One in ten is 0: the lower bound of 90 % is 0, and the upper one leaves 5 % above."""
    totals = np.array([0.0] + [10.0] * 9)
    low, high = interval_with_level(totals, sd=0.1, level=0.9)
    assert low == 0
    assert 0.9 * norm.sf((np.log(high / 10) + 0.005) / 0.1) == pytest.approx(0.05)
    assert interval_with_level(np.zeros(5), sd=0.1, level=0.9) == (0, 0)
