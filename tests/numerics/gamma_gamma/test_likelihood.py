"""Gamma-Gamma's likelihood three times over: of rows, of the total with its derivatives, of many parameters at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kundkarriar.numerics.gamma_gamma import likelihood

positive = st.floats(0.1, 30)
X = np.array([1.0, 1.0, 2.0, 7.0, 40.0])
M = np.array([0.3, 12.0, 35.0, 30.0, 28.0])
WEIGHTS = np.array([1.0, 3.0, 1.0, 2.0, 5.0])


@given(p=positive, q=positive, gamma=positive)
def test_the_mean_spend_is_a_beta_prime(p, q, gamma):
    """Total spend over gamma is beta prime with p x and q: rows, the weighted total and batches say the same."""
    rows = stats.betaprime.logpdf(X * M / gamma, p * X, q) + np.log(X / gamma)
    assert likelihood.log_likelihood(x=X, m=M, p=p, q=q, gamma=gamma) == pytest.approx(rows, rel=1e-9, abs=1e-9)
    total, _, _ = likelihood.total(x=X, m=M, weights=WEIGHTS, p=p, q=q, gamma=gamma)
    assert total == pytest.approx(WEIGHTS @ rows, rel=1e-9, abs=1e-9)
    batch = {"p": np.array([p, 2.0]), "q": np.array([q, 3.0]), "gamma": np.array([gamma, 15.0])}
    both = likelihood.loglik_batch(x=X, m=M, weights=WEIGHTS, **batch)
    other = stats.betaprime.logpdf(X * M / 15.0, 2.0 * X, 3.0) + np.log(X / 15.0)
    assert both == pytest.approx([WEIGHTS @ rows, WEIGHTS @ other], rel=1e-9, abs=1e-9)


@given(p=positive, q=positive, gamma=positive)
def test_derivatives_are_differences(p, q, gamma):
    at = np.array([p, q, gamma])

    def around(point):
        return likelihood.total(x=X, m=M, weights=WEIGHTS, p=point[0], q=point[1], gamma=point[2])

    _, gradient, hessian = around(at)
    for i in range(3):
        step = np.eye(3)[i] * at[i] * 1e-5
        ahead, behind = around(at + step), around(at - step)
        width = 2 * step[i]
        assert gradient[i] == pytest.approx((ahead[0] - behind[0]) / width, rel=1e-5, abs=1e-4)
        assert hessian[i] == pytest.approx((ahead[1] - behind[1]) / width, rel=1e-5, abs=1e-4)


def test_blocks_of_rows_and_points_change_nothing(monkeypatch):
    generator = np.random.default_rng(1)
    x, m = generator.integers(1, 9, 30).astype(float), generator.gamma(4.0, 8.0, 30)
    points = {name: generator.gamma(5.0, 1.0, 10) for name in ("p", "q", "gamma")}
    whole = likelihood.loglik_batch(x=x, m=m, weights=np.ones(30), **points)
    monkeypatch.setattr(likelihood, "ROWS", 7)
    monkeypatch.setattr(likelihood, "POINTS", 3)
    assert likelihood.loglik_batch(x=x, m=m, weights=np.ones(30), **points) == pytest.approx(whole, rel=1e-13)
