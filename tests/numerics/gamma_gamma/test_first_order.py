"""The likelihood with first orders and covariates: rows, totals with derivatives, and batches say the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaln

from kundkarriar.numerics.gamma_gamma import likelihood
from kundkarriar.numerics.gamma_gamma.constant_price import equal_price, scatter_within

positive = st.floats(0.3, 15)
effect = st.floats(-0.5, 0.5)
POINTS = st.tuples(positive, positive, positive, st.floats(0.3, 3), effect, effect).map(np.array)
GENERATOR = np.random.default_rng(7)
X = np.array([0.0, 0, 1, 1, 3, 8, 2, 30])
M = np.where(X > 0, GENERATOR.gamma(3, 8, 8), 0.0)
FIRST = np.array([12.0, 40, 7, 0, 25, 9, 0, 3])
SCALED = np.array([1.0, 0, 1, 1, 0, 1, 1, 1])
WEIGHTS = np.array([1.0, 3, 1, 2, 5, 1, 2, 1])
COVARIATES = GENERATOR.standard_normal((8, 2))
ROWS = {"x": X, "m": M, "first": FIRST, "scaled": SCALED, "weights": WEIGHTS, "covariates": COVARIATES}


def by_formula(at):
    """The published density, row by row."""
    p, q, gamma, c = at[:4]
    rate = gamma * np.exp(COVARIATES @ at[4:])
    c = np.where(SCALED > 0, c, 1.0)
    known, later = FIRST > 0, X * M
    z = np.where(known, FIRST / c, 0.0)
    n = X + known
    value = gammaln(p * n + q) - gammaln(q) + q * np.log(rate) - (p * n + q) * np.log(rate + z + later)
    value += np.where(known, (p - 1) * np.log(np.where(known, z, 1)) - np.log(c) - gammaln(p), 0.0)
    some = X > 0
    shape = p * np.where(some, X, 1)
    return value + np.where(some, (shape - 1) * np.log(np.where(some, later, 1)) - gammaln(shape), 0.0)


def total(at):
    return likelihood.total(**ROWS, p=at[0], q=at[1], gamma=at[2], c=at[3], coefficients=at[4:])


@given(at=POINTS)
def test_rows_totals_and_batches_are_the_formula(at):
    rows, (p, q, gamma, c) = by_formula(at), at[:4]
    rate = gamma * np.exp(COVARIATES @ at[4:])
    alone = {"x": X, "m": M, "first": FIRST, "p": p, "q": q, "gamma": rate, "c": np.where(SCALED > 0, c, 1.0)}
    assert likelihood.log_likelihood(**alone) == pytest.approx(rows, rel=1e-9, abs=1e-9)
    assert total(at)[0] == pytest.approx(WEIGHTS @ rows, rel=1e-9, abs=1e-9)
    other = np.array([2.0, 3.0, 15.0, 1.2, 0.1, -0.2])
    points = dict(zip(("p", "q", "gamma", "c"), np.array([at, other]).T[:4], strict=True))
    both = likelihood.loglik_batch(**ROWS, **points, coefficients=np.array([at, other])[:, 4:])
    assert both == pytest.approx([WEIGHTS @ rows, WEIGHTS @ by_formula(other)], rel=1e-9, abs=1e-9)


@given(at=POINTS)
def test_derivatives_are_central_differences(at):
    """In p, q, gamma, c and both coefficients, and of every pair of them."""
    _, gradient, hessian = total(at)
    size = np.abs(hessian).max() + np.abs(gradient).max()
    for i, scale in enumerate((*at[:4], 1.0, 1.0)):
        step = np.eye(6)[i] * scale * 1e-5
        ahead, behind = total(at + step), total(at - step)
        assert gradient[i] == pytest.approx((ahead[0] - behind[0]) / (2 * step[i]), rel=1e-5, abs=1e-7 * size)
        assert hessian[i] == pytest.approx((ahead[1] - behind[1]) / (2 * step[i]), rel=1e-5, abs=1e-7 * size)


def test_without_c_it_is_1_and_no_parameter():
    plain = {name: value for name, value in ROWS.items() if name != "covariates"}
    held, free = (likelihood.total(**plain, p=3.0, q=4.0, gamma=20.0, c=c) for c in (None, 1.0))
    assert (len(held[1]), len(free[1])) == (3, 4)
    assert held[0] == pytest.approx(free[0], rel=1e-12)
    assert held[1] == pytest.approx(free[1][:3], rel=1e-12)


def test_scatter_of_simulated_orders():
    """Of 100,000 customers with orders that scatter by 5 %, first against the mean of others."""
    generator = np.random.default_rng(3)
    own, x = generator.gamma(5, 4, 100_000), generator.integers(1, 6, 100_000).astype(float)
    first = own * (1 + 0.05 * generator.standard_normal(100_000))
    m = own * (1 + 0.05 * generator.standard_normal(100_000) / np.sqrt(x))
    found = scatter_within(first=first, x=x, m=m, weights=np.ones(100_000))
    assert found == pytest.approx(0.05, rel=0.02)
    assert equal_price(first) is None
    assert equal_price(np.empty(0)) is None
