"""Expectations of BG/BB: the same number in two ways, and the median time to the next purchase."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.bgbb import expectation, trailing_nonpurchase

PARAMS = ("alpha", "beta", "gamma", "delta")
parameters = st.tuples(*[st.floats(-4.0, 4.0)] * 4).map(lambda logs: dict(zip(PARAMS, np.exp(logs), strict=True)))


@given(params=parameters, n=st.integers(0, 40), share=st.floats(0, 1), horizon=st.integers(1, 12))
def test_counts_agree_with_the_other_expectations(params, n, share, horizon):
    """They sum to 1, their mean is the expectation, and P(0) is the probability of a trailing nonpurchase so long."""
    x, n = np.array([round(share * n)], dtype=float), np.array([n], dtype=float)
    given_history = {"x": x, "n": n, **params}
    counts = expectation.p_counts(horizon, up_to=horizon, **given_history)[0]
    assert counts.sum() == pytest.approx(1.0, rel=1e-12)
    expected = expectation.expected_purchases(horizon, **given_history)[0]
    assert counts @ np.arange(horizon + 1) == pytest.approx(expected, rel=1e-11)
    assert expectation.p_purchase(horizon, **given_history)[0] == pytest.approx(1 - counts[0], rel=1e-9, abs=1e-14)
    log_dropout, log_alive = trailing_nonpurchase.log_parts(
        np.array([float(horizon)]),
        a=params["alpha"] + x,
        b=params["beta"] + n - x,
        c=params["gamma"],
        d=params["delta"] + n,
    )
    assert np.exp(log_dropout) + np.exp(log_alive) == pytest.approx(counts[:1], rel=1e-11)


def test_the_median_wait_is_where_the_probability_reaches_a_half():
    params = {"alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783}
    x, n, alive = np.array([6.0, 1, 1, 0]), np.full(4, 6.0), np.array([1.0, 0.87, 0.30, 1e-9])
    median = expectation.median_wait(alive, x=x, n=n, most=1000, **params)
    assert np.isinf(median[2:]).all()
    for row in (0, 1):
        times = expectation.next_purchase(x=x[row], n=n[row], **params)
        reached = alive[row] * np.cumsum([float(buys) for buys, _ in islice(times, 1000)])
        assert median[row] == 1 + np.argmax(reached >= 0.5)
