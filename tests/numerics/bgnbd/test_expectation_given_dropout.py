"""Expectations as means over the dropout probability, against sums over purchases and closed forms."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from kundkarriar.numerics.bgnbd import expectation, expectation_given_dropout, poisson_expectation
from kundkarriar.numerics.bgnbd.alive_customers import alive_customers

EDGE = 28.0
TINY = 1e-290


def sizes(low=-EDGE, high=EDGE):
    return st.floats(low, high).map(lambda u: float(np.exp(u)))


@st.composite
def customers(draw, k=None):
    k = draw(st.integers(1, 8)) if k is None else k
    s, rate, a, b, x = (draw(part) for part in (sizes(), sizes(), sizes(), sizes(), st.integers(0, 100)))
    return alive_customers(k=k, s=np.array([s + k * x]), rate=rate, a=a, b=b + x)


COUNTLESS = alive_customers(k=4, s=np.array([360.036]), rate=1e-10, a=4.463e-10, b=90.0)
"""Purchases whose stages are no whole numbers in double precision."""
UNSEEN = alive_customers(k=8, s=np.array([1.473e11, 1.264e8]), rate=1.3e-6, a=np.array([2.398e-5, 3029.8]), b=4.474e-11)
"""Dropout probabilities that count only where 1 - p is 1."""


@settings(max_examples=60)
@given(ahead=customers(), horizon=sizes(-10, 15))
@example(ahead=COUNTLESS, horizon=1e4)
@example(ahead=UNSEEN, horizon=3.34e5)
def test_means_are_the_sums_over_purchases(ahead, horizon):
    """Law: sums over purchases and means over the dropout probability agree wherever both are computed."""
    for name in ("expected_purchases", "still_alive"):
        summed, mean = (getattr(way, name)(horizon, ahead) for way in (expectation, expectation_given_dropout))
        assert_allclose(summed, mean, rtol=1e-10, atol=TINY, err_msg=name)
    _, dropped_out = expectation.purchases_and_p_leaves(horizon, ahead)
    assert_allclose(dropped_out, expectation_given_dropout.p_leaves(horizon, ahead), rtol=1e-10, atol=TINY)


@settings(max_examples=60)
@given(ahead=customers(k=1), horizon=sizes())
def test_one_stage_is_bgnbd(ahead, horizon):
    """k = 1 is BG/NBD, at any parameters."""
    for name in ("still_alive", "expected_purchases", "p_leaves"):
        plain = getattr(poisson_expectation, name)(horizon, ahead)
        # the series of the survival is accurate to 1e-10, the mean to 1e-12
        digits = 1e-12 if name == "expected_purchases" else 1e-10
        assert_allclose(
            getattr(expectation_given_dropout, name)(horizon, ahead), plain, rtol=digits, atol=1e-15, err_msg=name
        )


@settings(max_examples=60)
@given(ahead=customers(), horizon=sizes())
def test_survival_dropout_and_purchases_are_coherent(ahead, horizon):
    """Law: alive and dropped out sum to 1; dropout needs a purchase; purchases are at most those without dropout."""
    alive = expectation.still_alive(horizon, ahead)
    purchases, dropped_out = expectation.purchases_and_p_leaves(horizon, ahead)
    assert_allclose(alive + dropped_out, 1.0, rtol=1e-10)
    assert_allclose(purchases, expectation.expected_purchases(horizon, ahead), rtol=1e-10, atol=TINY)
    p_purchase = expectation.p_purchase(horizon, ahead)
    assert (dropped_out <= p_purchase * (1 + 1e-10) + TINY).all()
    assert (p_purchase <= purchases * (1 + 1e-10) + TINY).all()
    stages = np.arange(ahead.k)[:, None] + (ahead.s + np.arange(ahead.k)[:, None]) * horizon / ahead.rate
    assert (purchases <= stages / ahead.k * (1 + 1e-10)).all()


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("horizon", [4.0, 300.0, np.inf])
def test_discounted_expectations_are_the_same_by_means(k, horizon, monkeypatch):
    """Integrals of the rates of purchases and dropout against means over p, at many times or over stage rates."""
    ahead = alive_customers(k=k, s=np.array([0.7, 60.0]), rate=np.array([9.0, 40.0]), a=np.array([0.3, 30.0]), b=2.0)
    by_rates = expectation.discounted(horizon, ahead, discount_rate=0.01)
    monkeypatch.setattr(expectation, "MOST_NODES", 0)
    monkeypatch.setattr(expectation, "FEW_BLOCKS", -1)
    means = expectation.discounted(horizon, ahead, discount_rate=0.01)
    assert_allclose(means, by_rates, rtol=1e-11)


def test_without_dropout():
    """a = 0: alive for ever, and as many purchases as stages allow."""
    certain = alive_customers(k=2, s=np.array([1e12]), rate=1e12, a=0.0, b=1.0)
    assert expectation_given_dropout.still_alive(1e6, certain).tolist() == [[1.0], [1.0]]
    # half a stage is on average lost to the gap that is not over
    assert_allclose(
        expectation_given_dropout.expected_purchases(1e6, certain), [[5e5 - 0.25], [5e5 + 0.25]], rtol=1e-10
    )
    purchases, alive = expectation_given_dropout.lifelong(certain, discount_rate=1e-3)
    stage = 1 / 1.001
    assert_allclose(purchases, [[stage**2 / (1 - stage**2)], [stage / (1 - stage**2)]], rtol=1e-10)
    assert_allclose(alive, 1e3, rtol=1e-12)


def test_a_horizon_and_a_discount_beyond_all_bounds():
    """Numbers stay finite and right over 1e160 periods, and at a discount rate of 1e-200."""
    ahead = alive_customers(k=3, s=np.array([2.5]), rate=40.0, a=3.0, b=4.0)
    bought = expectation.expected_purchases(1e160, ahead)
    assert_allclose(bought, expectation.expected_purchases(np.inf, ahead), rtol=1e-10)
    purchases, _ = expectation.discounted(np.inf, ahead, discount_rate=1e-200)
    assert_allclose(purchases, bought, rtol=1e-10)
