"""Beta-geometric survival: closed forms, limits, and one sum against another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.special.beta_geometric_survival import (
    discounted_survival_sum,
    log_survival,
    log_survival_by_sum,
    survival_sequence,
    survival_sum,
)

shape = st.floats(0.0025, 400.0)


@given(a=shape, b=shape, k=st.integers(0, 300))
def test_survival_is_the_same_three_ways(a, b, k):
    """By log-gammas, by a sum of logarithms, and step by step."""
    step_by_step = [1.0, *survival_sequence(k, a=a, b=b)][-1]
    assert np.exp(log_survival(k, a=a, b=b)) == pytest.approx(step_by_step, rel=1e-10)
    assert np.exp(log_survival_by_sum(k, a=a, b=b)) == pytest.approx(step_by_step, rel=1e-12)


@given(a=shape, b=shape, upto=st.integers(1, 200))
def test_the_sum_against_the_closed_form(a, b, upto):
    """b / (a - 1) x (1 - S(upto) of a - 1 and b + 1), where a is not near 1."""
    if abs(a - 1) < 0.1:
        a += 0.2
    closed = b / (a - 1) * -np.expm1(log_survival(upto, a=a - 1, b=b + 1))
    assert survival_sum(upto, a=a, b=b) == pytest.approx(closed, rel=1e-9)


@given(a=shape, b=st.floats(0.0025, 10_000.0), rate=st.floats(0.02, 2.0))
def test_lifelong_is_the_limit_of_long(a, b, rate):
    """What comes after 1,500 steps at 2 % or more is below 1e-12."""
    long = discounted_survival_sum(1500, discount_rate=rate, a=np.array([a]), b=np.array([b]))
    ever = discounted_survival_sum(np.inf, discount_rate=rate, a=np.array([a]), b=np.array([b]))
    assert ever == pytest.approx(long, rel=1e-11)


@pytest.mark.parametrize("rate", [1e-4, 1e-2, 0.5, 10.0])
def test_nobody_drops_out_where_a_is_tiny(rate):
    """A perpetuity: 1 / rate."""
    ever = discounted_survival_sum(np.inf, discount_rate=rate, a=np.array([1e-14]), b=np.array([2.0]))
    assert ever[0] == pytest.approx(1 / rate, rel=1e-10)


@given(a=st.floats(1.5, 50.0), b=shape)
def test_a_small_rate_tends_to_none(a, b):
    """Undiscounted, a lifetime is b / (a - 1) steps long."""
    ever = survival_sum(np.inf, a=np.array([a]), b=np.array([b]))
    assert ever[0] == pytest.approx(b / (a - 1), rel=1e-12)
    assert 0 < discounted_survival_sum(np.inf, discount_rate=1e-3, a=np.array([a]), b=np.array([b]))[0] < ever[0]


def test_without_discounting_it_is_the_expectation():
    a, b = np.array([0.3, 1.0, 7.0]), np.array([2.0, 0.1, 40.0])
    plain = discounted_survival_sum(12, discount_rate=0.0, a=a, b=b)
    assert plain.tolist() == pytest.approx(survival_sum(12, a=a, b=b).tolist(), rel=1e-14)
