"""What stays through an exposure, and what it brings: by a quick series where it holds, as a mean where it does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from kundkarriar.numerics.special import beta_mixture_survival
from kundkarriar.numerics.special.beta_expectation import log_expectation
from kundkarriar.numerics.special.beta_mixture_survival import departure, log_survival, purchases, survival

EDGE = 28.0


def sizes(low=-EDGE, high=EDGE):
    return st.floats(low, high).map(lambda u: float(np.exp(u)))


@given(z=sizes(-20, 12), s=sizes(), a=sizes(), b=sizes(), x=st.integers(0, 1000))
def test_series_and_mean_agree(z, s, a, b, x):
    """Two roads to one number, wherever the series is trusted."""
    one = np.ones(1)
    mean = log_expectation(lambda p: -(s + x) * np.log1p(p * z), a=a * one, b=(b + x) * one, steep=(s + x) * z * one)
    assert_allclose(survival(z, s=s + x, a=a, b=b + x), np.exp(mean)[0], rtol=1e-9, atol=1e-14)
    assert_allclose(log_survival(z, s=s + x, a=a, b=b + x), mean[0], rtol=1e-12, atol=1e-9)


@given(z=sizes(), s=sizes(), a=sizes(), b=sizes())
def test_whoever_is_not_there_has_left(z, s, a, b):
    """Survival and departure are probabilities that sum to 1, and each keeps its digits where it is small."""
    there, gone = float(survival(z, s=s, a=a, b=b)), float(departure(z, s=s, a=a, b=b))
    assert 0.0 <= there <= 1.0
    assert 0.0 <= gone <= 1.0
    assert there + gone == pytest.approx(1.0, rel=1e-9)
    assert gone <= s * z * a / (a + b) * (1 + 1e-9)  # nobody leaves more often than at each purchase


@given(z=sizes(), s=sizes(), a=sizes(), b=sizes(), more=st.floats(1.01, 100))
def test_exposure_costs_survivors_and_brings_purchases(z, s, a, b, more):
    """Nobody comes back; what is bought lies between survivors' purchases and those of all, were nobody to leave."""
    assert survival(z * more, s=s, a=a, b=b) <= survival(z, s=s, a=a, b=b) * (1 + 1e-9)
    bought, later = float(purchases(z, s=s, a=a, b=b)), float(purchases(z * more, s=s, a=a, b=b))
    assert bought <= later * (1 + 1e-12)
    assert float(s * z * survival(z, s=s + 1, a=a, b=b)) * (1 - 1e-9) <= bought <= s * z * (1 + 1e-12)


@given(s=sizes(-3, 6), a=sizes(-10, 10), b=sizes(-3, 10), z=sizes(-6, 6))
def test_purchases_come_at_the_rate_of_the_survivors(s, a, b, z):
    """The slope of purchases in the exposure is s E[(1 + p z)^-(s + 1)]."""
    step = 1e-4 * z
    slope = (purchases(z + step, s=s, a=a, b=b) - purchases(z - step, s=s, a=a, b=b)) / (2 * step)
    assert_allclose(slope, s * survival(z, s=s + 1, a=a, b=b), rtol=1e-5, atol=1e-9 * s)


def test_an_even_chance_has_closed_forms():
    """p uniform: E[1 / (1 + p z)] = ln(1 + z) / z, and the mean of the beta where the exposure is small."""
    z = np.array([1e-9, 1e-3, 1.0, 50.0, 5e3, 1e9, 1e160])
    assert_allclose(survival(z, s=1.0, a=1.0, b=1.0), np.log1p(z) / z, rtol=1e-11)
    assert_allclose(purchases(z, s=1.0, a=1.0, b=1.0), np.log1p(z), rtol=1e-12)
    assert departure(1e-15, s=2.0, a=3.0, b=5.0) == pytest.approx(2e-15 * 3 / 8, rel=1e-12)


def test_nobody_leaves_where_a_is_zero():
    """p = 0: everybody stays, and buys all the time."""
    assert survival(10.0, s=2.0, a=0.0, b=1.0) == 1.0
    assert departure(10.0, s=2.0, a=0.0, b=1.0) == 0.0
    assert purchases(10.0, s=2.0, a=0.0, b=1.0) == 20.0


def test_both_roads_are_taken():
    """The quick series takes ordinary customers; steady and narrow ones are means."""
    ordinary = {"s": np.array([2.5, 14.3]), "a": np.array([0.8, 1e-6]), "b": np.array([3.4, 2.0])}
    assert beta_mixture_survival.trusted(np.full(2, 1.2), **ordinary).all()
    steady = {"s": np.array([1.6e5, 3.0]), "a": np.array([2e-12, 5e3]), "b": np.array([14.0, 1e7])}
    assert not beta_mixture_survival.trusted(np.full(2, 1.2), **steady).any()
