"""Power of a comparison with a randomised holdout."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, norm

from kundkarriar.numerics.planning.power import (
    customers_per_arm,
    overdispersion,
    p_purchase_at,
    pooled_sd,
    smallest_visible,
)

ARM = st.integers(1, 100_000)


def visible(*, sd, treated, held_out):
    return float(smallest_visible(sd=np.array(sd), treated=np.array(treated), held_out=np.array(held_out)))


def test_the_factor_and_the_mailing_of_the_textbook():
    """15.7 sd^2 / d^2 customers an arm; 210,800 for .10 of spend at sd 11.59 (Hillstrom's mailing)."""
    assert customers_per_arm(sd=1, effect=1) == pytest.approx(15.698, abs=5e-4)
    assert customers_per_arm(sd=11.59, effect=0.10) == pytest.approx(210_800, rel=5e-4)


@given(ARM, st.floats(0.01, 100), st.floats(0.01, 100))
def test_the_smallest_visible_effect_needs_as_many_as_there_are(n, sd, effect):
    """With as many customers an arm as an effect needs, it is the smallest visible one."""
    arm = customers_per_arm(sd=sd, effect=effect)
    assert visible(sd=sd, treated=arm, held_out=arm) == pytest.approx(effect)
    assert visible(sd=sd, treated=n, held_out=n) == pytest.approx(sd * np.sqrt(15.69776 / n), rel=1e-6)


@given(st.integers(2, 100_000), st.floats(0.001, 0.999))
def test_unequal_arms_have_the_variance_of_the_share_held_out(n, share):
    """Variance sd^2 / (n h (1 - h)); half and half sees most."""
    found = visible(sd=3.0, treated=n * (1 - share), held_out=n * share)
    assert found == pytest.approx((norm.ppf(0.975) + norm.ppf(0.8)) * 3 / np.sqrt(n * share * (1 - share)))
    assert found >= visible(sd=3.0, treated=n / 2, held_out=n / 2) * (1 - 1e-12)


def test_an_empty_arm_sees_nothing():
    assert visible(sd=1.0, treated=100, held_out=0) == visible(sd=1.0, treated=0, held_out=0) == np.inf
    assert visible(sd=0.0, treated=100, held_out=0) == np.inf


def test_the_smallest_visible_effect_is_seen_four_times_in_five():
    """Of 20,000 simulated comparisons at the smallest visible effect, 80 % are significant, and 2.5 % at none."""
    rng = np.random.default_rng(1)
    treated, held_out, sd = 450, 50, 2.0
    effect = visible(sd=sd, treated=treated, held_out=held_out)
    noise = rng.normal(0, sd / np.sqrt(treated), 20_000) - rng.normal(0, sd / np.sqrt(held_out), 20_000)
    limit = norm.ppf(0.975) * sd * np.sqrt(1 / treated + 1 / held_out)
    assert (effect + noise > limit).mean() == pytest.approx(0.8, abs=0.012)
    assert (noise > limit).mean() == pytest.approx(0.025, abs=0.005)


@given(st.floats(1e-3, 50), st.floats(1e-3, 1e3))
def test_the_negative_binomial_is_found_again(mean, c):
    """From its mean and its probability of none follows the variance, and the share that buys at any other rate."""
    shape = mean / c
    p = 1 - nbinom.pmf(0, shape, 1 / (1 + c))
    if not 1e-6 < p < 1 - 1e-9:
        return
    args = {"purchases": np.array([mean]), "p_purchase": np.array([p])}
    assert overdispersion(**args)[0] == pytest.approx(c, rel=1e-4, abs=1e-5)
    for factor in (0.0, 0.5, 1.0, 3.0):
        more = p_purchase_at(purchases=args["purchases"], c=overdispersion(**args), factor=np.array([factor]))[0]
        assert more == pytest.approx(1 - nbinom.pmf(0, shape, 1 / (1 + c * factor)), rel=1e-3, abs=1e-7)


def test_who_buys_for_certain_or_never_has_no_more_variance_than_poisson():
    args = {"purchases": np.array([0.0, 3.0, 0.5]), "p_purchase": np.array([0.0, 1.0, 0.6])}
    np.testing.assert_array_equal(overdispersion(**args), 0)
    doubled = p_purchase_at(purchases=args["purchases"], c=overdispersion(**args), factor=np.array([2.0, 2.0, 2.0]))
    np.testing.assert_allclose(doubled, 1 - np.exp(-2 * args["purchases"]))


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 4)), min_size=1, max_size=9))
def test_the_pooled_spread_is_that_of_the_mixture(customers):
    """A customer drawn at random, and then an outcome: the variance of both steps."""
    mean, variance = np.array(customers).T
    second = (variance + mean**2).mean()
    assert pooled_sd(mean=mean, variance=variance) ** 2 == pytest.approx(second - mean.mean() ** 2, abs=1e-9)
