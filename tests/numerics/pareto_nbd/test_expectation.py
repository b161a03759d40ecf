"""Expectations of customers who are alive: sums, closed forms against quadrature, and limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundkarriar.numerics.pareto_nbd import expectation


@settings(max_examples=20)
@given(
    shape=st.floats(0.2, 3),
    rate=st.floats(10, 50),
    s=st.floats(0.1, 5),
    beta=st.floats(1, 60),
    b=st.sampled_from([0.0, 0.02, 0.3]),
)
def test_counts_add_up(shape, rate, s, beta, b):
    """They sum to 1, their mean is the expected purchases, and the first is the probability of no purchase."""
    given = {"shape": np.array([shape]), "rate": np.array([rate]), "s": s, "beta": np.array([beta]), "b": b}
    counts = expectation.p_counts(10.0, up_to=90, **given)[0]
    assert counts.sum() == pytest.approx(1.0, abs=1e-9)
    expected = shape / rate * expectation.expected_time(10.0, s=s, beta=beta, b=b)
    assert counts @ np.arange(91) == pytest.approx(float(expected), rel=1e-7)
    assert counts[0] == pytest.approx(1 - expectation.p_purchase(10.0, **given)[0], abs=1e-11)


@given(s=st.floats(0.9, 1.1), beta=st.floats(1, 60))
def test_expected_time_is_smooth_at_s_1(s, beta):
    """In closed form and by quadrature; the textbook form divides 0 by 0 at s = 1."""
    by_nodes = expectation._time(52.0, discount_rate=0.0, s=s, beta=beta, b=0.0)
    assert expectation.expected_time(52.0, s=s, beta=beta) == pytest.approx(by_nodes, rel=1e-12)
    exactly = expectation.expected_time(52.0, s=1.0, beta=beta)
    assert exactly == pytest.approx(beta * np.log1p(52 / beta), rel=1e-14)


def test_a_purchase_within_an_infinite_horizon():
    """The probability that the next purchase comes before dropout."""
    small = {"shape": 0.003, "rate": 3.0, "s": 0.004, "beta": 5000.0}
    # mpmath, by pieces of ln t: 0.44112933143239879976
    assert expectation.p_purchase(np.inf, **small) == pytest.approx(0.44112933143239880, rel=1e-12)
    assert expectation.p_purchase(1e300, **small) < expectation.p_purchase(np.inf, **small)
