"""Survival and purchases within an exposure: by the hypergeometric series where it is accurate, else as a mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from kundkarriar.numerics.special import beta_mixture_survival
from kundkarriar.numerics.special.beta_expectation import log_expectation
from kundkarriar.numerics.special.beta_mixture_survival import (
    dropout_probability,
    expected_purchases,
    log_survival,
    survival,
)

EDGE = 28.0


def sizes(low=-EDGE, high=EDGE):
    return st.floats(low, high).map(lambda u: float(np.exp(u)))


@given(z=sizes(-20, 12), s=sizes(), a=sizes(), b=sizes(), x=st.integers(0, 1000))
def test_series_and_mean_agree(z, s, a, b, x):
    """Law: two ways to one number, wherever the series is accurate."""
    one = np.ones(1)
    mean = log_expectation(
        lambda p: -(s + x) * np.log1p(p * z), a=a * one, b=(b + x) * one, steepness=(s + x) * z * one
    )
    assert_allclose(survival(z, s=s + x, a=a, b=b + x), np.exp(mean)[0], rtol=1e-9, atol=1e-14)
    assert_allclose(log_survival(z, s=s + x, a=a, b=b + x), mean[0], rtol=1e-12, atol=1e-9)


@given(z=sizes(), s=sizes(), a=sizes(), b=sizes())
def test_survival_and_dropout_sum_to_one(z, s, a, b):
    """Survival and dropout are probabilities that sum to 1, and each keeps its digits where it is small."""
    alive, inactive = float(survival(z, s=s, a=a, b=b)), float(dropout_probability(z, s=s, a=a, b=b))
    assert 0.0 <= alive <= 1.0
    assert 0.0 <= inactive <= 1.0
    assert alive + inactive == pytest.approx(1.0, rel=1e-9)
    assert inactive <= s * z * a / (a + b) * (1 + 1e-9)  # at most one dropout a purchase


@given(z=sizes(), s=sizes(), a=sizes(), b=sizes(), more=st.floats(1.01, 100))
def test_exposure_lowers_survival_and_raises_purchases(z, s, a, b, more):
    """Law: expected purchases lie between those of survivors and those without dropout."""
    assert survival(z * more, s=s, a=a, b=b) <= survival(z, s=s, a=a, b=b) * (1 + 1e-9)
    bought, later = float(expected_purchases(z, s=s, a=a, b=b)), float(expected_purchases(z * more, s=s, a=a, b=b))
    assert bought <= later * (1 + 1e-12)
    assert float(s * z * survival(z, s=s + 1, a=a, b=b)) * (1 - 1e-9) <= bought <= s * z * (1 + 1e-12)


@given(s=sizes(-3, 6), a=sizes(-10, 10), b=sizes(-3, 10), z=sizes(-6, 6))
def test_the_purchase_rate_is_that_of_survivors(s, a, b, z):
    """Law: the derivative of purchases in the exposure is s E[(1 + p z)^-(s + 1)]."""
    step = 1e-4 * z
    derivative = (expected_purchases(z + step, s=s, a=a, b=b) - expected_purchases(z - step, s=s, a=a, b=b)) / (
        2 * step
    )
    assert_allclose(derivative, s * survival(z, s=s + 1, a=a, b=b), rtol=1e-5, atol=1e-9 * s)


def test_a_uniform_p_has_closed_forms():
    """p uniform: E[1 / (1 + p z)] = ln(1 + z) / z, and the mean of the beta where the exposure is small."""
    z = np.array([1e-9, 1e-3, 1.0, 50.0, 5e3, 1e9, 1e160])
    assert_allclose(survival(z, s=1.0, a=1.0, b=1.0), np.log1p(z) / z, rtol=1e-11)
    assert_allclose(expected_purchases(z, s=1.0, a=1.0, b=1.0), np.log1p(z), rtol=1e-12)
    assert dropout_probability(1e-15, s=2.0, a=3.0, b=5.0) == pytest.approx(2e-15 * 3 / 8, rel=1e-12)


def test_nobody_drops_out_where_a_is_zero():
    """p = 0: survival is 1, and purchases are s z."""
    assert survival(10.0, s=2.0, a=0.0, b=1.0) == 1.0
    assert dropout_probability(10.0, s=2.0, a=0.0, b=1.0) == 0.0
    assert expected_purchases(10.0, s=2.0, a=0.0, b=1.0) == 20.0


def test_both_ways_are_used():
    """The series for ordinary parameters, the mean for extreme ones."""
    ordinary = {"s": np.array([2.5, 14.3]), "a": np.array([0.8, 1e-6]), "b": np.array([3.4, 2.0])}
    assert beta_mixture_survival.series_is_accurate(np.full(2, 1.2), **ordinary).all()
    steady = {"s": np.array([1.6e5, 3.0]), "a": np.array([2e-12, 5e3]), "b": np.array([14.0, 1e7])}
    assert not beta_mixture_survival.series_is_accurate(np.full(2, 1.2), **steady).any()
