"""Likelihoods of NBD, BG/NBD, MBG/NBD and Gamma-Gamma: derivatives against differences, totals against rows, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.bgnbd import dropout_opportunities, nbd
from kundkarriar.numerics.bgnbd import likelihood as bgnbd_likelihood
from kundkarriar.numerics.bgnbd.sufficient_statistics import tabulate
from kundkarriar.numerics.gamma_gamma import likelihood as gamma_gamma_likelihood
from kundkarriar.numerics.gamma_gamma.spend_parameters import UNCONSTRAINED as SPEND
from kundkarriar.numerics.optimize.forward_mode import variables
from kundkarriar.numerics.optimize.linear_predictor import LinearPredictor, linear_predictors, total_in_coefficients
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, PURCHASE_RATES
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

RATES = UnconstrainedParameters(blocks=(PURCHASE_RATES,))
WITH_DROPOUT = UnconstrainedParameters(blocks=(PURCHASE_RATES, DROPOUT))
theta4 = st.tuples(*[st.floats(-2, 2)] * 4).map(np.array)
models = pytest.mark.parametrize("first_may_be_the_last", [False, True], ids=["BG/NBD", "MBG/NBD"])

GENERATOR = np.random.default_rng(5)
X = np.array([0.0, 0, 1, 2, 7, 30])
T = np.array([12.0, 40, 39, 30, 45, 52])
T_X = np.where(X > 0, T * np.array([0.1, 0.9, 0.2, 1.0, 0.5, 0.99]), 0.0)
WEIGHTS = np.array([3.0, 1, 4, 1, 5, 2])
FOUR = {"r": 0.4, "alpha": 6.0, "a": 0.8, "b": 1.7}


@pytest.fixture(scope="module")
def base():
    generator = np.random.default_rng(0)
    x = generator.integers(0, 12, 300).astype(float)
    T = np.round(generator.uniform(5, 40, 300))
    return {
        "x": x,
        "t_x": np.where(x > 0, T * generator.random(300), 0.0),
        "T": T,
        "weights": generator.integers(1, 4, 300).astype(float),
    }


def differences(objective, theta, step=1e-5):
    """Central differences of (value, gradient)."""
    ups = [objective(theta + step * unit) for unit in np.eye(len(theta))]
    downs = [objective(theta - step * unit) for unit in np.eye(len(theta))]
    gradient = np.array([(up[0] - down[0]) / (2 * step) for up, down in zip(ups, downs, strict=True)])
    hessian = np.array([(up[1] - down[1]) / (2 * step) for up, down in zip(ups, downs, strict=True)])
    return gradient, hessian


def agree(objective, theta):
    _, gradient, hessian = objective(theta)
    by_steps, hessian_by_steps = differences(objective, theta)
    size = np.abs(hessian).max()
    assert gradient == pytest.approx(by_steps, rel=1e-5, abs=1e-7 * size)
    assert hessian == pytest.approx(hessian_by_steps, rel=1e-5, abs=1e-7 * size)
    assert hessian == pytest.approx(hessian.T)


@models
@given(theta=theta4)
def test_derivatives_of_dropout_models(base, first_may_be_the_last, theta):
    statistics = tabulate(**base, chances=base["x"] + first_may_be_the_last, scale=20.0)

    def objective(at):
        r, alpha, a, b = WITH_DROPOUT.natural(at)
        return WITH_DROPOUT.in_unconstrained(at, bgnbd_likelihood.total(statistics, r=r, alpha=alpha, a=a, b=b))

    agree(objective, theta)


@given(theta=theta4)
def test_derivatives_of_nbd(base, theta):
    statistics = tabulate(**base, chances=0 * base["x"], scale=20.0)

    def objective(at):
        r, alpha = RATES.natural(at)
        return RATES.in_unconstrained(at, nbd.total(statistics, r=r, alpha=alpha))

    agree(objective, theta[:2])


@given(theta=theta4)
def test_derivatives_of_gamma_gamma(base, theta):
    money = 30 * np.random.default_rng(1).gamma(2.0, size=300)

    def objective(at):
        p, q, gamma = SPEND.natural(at)
        total = gamma_gamma_likelihood.total(x=base["x"] + 1, m=money, weights=base["weights"], p=p, q=q, gamma=gamma)
        return SPEND.in_unconstrained(at, total)

    agree(objective, theta[:3])


@models
@given(theta=theta4)
def test_the_total_is_the_sum_of_the_rows(base, first_may_be_the_last, theta):
    chances = base["x"] + first_may_be_the_last
    r, alpha, a, b = WITH_DROPOUT.natural(theta)
    rows = {name: base[name] for name in ("x", "t_x", "T")}
    each = bgnbd_likelihood.log_likelihood(**rows, chances=chances, r=r, alpha=alpha, a=a, b=b)
    whole = bgnbd_likelihood.total(tabulate(**base, chances=chances, scale=1.0), r=r, alpha=alpha, a=a, b=b)[0]
    assert whole == pytest.approx(base["weights"] @ each, rel=1e-11)


@given(theta=theta4, scale=st.floats(0.01, 400))
def test_unconstrained_inverts_natural(theta, scale):
    values = WITH_DROPOUT.natural(theta, scale=scale)
    assert WITH_DROPOUT.unconstrained(values, scale=scale) == pytest.approx(theta, abs=1e-9)
    money = SPEND.natural(theta[:3], scale=scale)
    assert SPEND.unconstrained(money, scale=scale) == pytest.approx(theta[:3], abs=1e-9)


@given(
    x=st.integers(0, 60),
    T=st.floats(0.1, 100),
    r=st.floats(0.1, 9),
    alpha=st.floats(0.5, 60),
    few=st.floats(1e-12, 1e-9),
)
def test_a_vanishing_dropout_probability_gives_nbd(x, T, r, alpha, few):
    row = {"x": np.array([float(x)]), "T": np.array([T])}
    without = nbd.log_likelihood(**row, r=r, alpha=alpha)
    dropout = bgnbd_likelihood.log_likelihood(
        **row, t_x=row["T"] * (x > 0), chances=row["x"], r=r, alpha=alpha, a=few, b=1.0
    )
    assert dropout == pytest.approx(without, abs=1e-6)


def test_a_large_r_keeps_its_digits():
    """As r grows at a fixed rate, NBD becomes Poisson; two log-gammas of 1e12 would leave no digit."""
    x, T = np.array([3.0]), np.array([10.0])
    poisson = 3 * np.log(0.2) - 0.2 * 10
    assert nbd.log_likelihood(x=x, T=T, r=1e12, alpha=5e12)[0] == pytest.approx(poisson, abs=1e-9)


def in_each_row(params):
    """Parameters that are differentiated in each row, the same in all."""
    return variables({name: np.full(len(X), value) for name, value in params.items()})


@pytest.mark.parametrize(
    "chances",
    [dropout_opportunities.after_repeat_purchases(X), dropout_opportunities.after_all_purchases(X)],
    ids=["BG/NBD", "MBG/NBD"],
)
def test_rows_add_up_to_the_total(chances):
    table = tabulate(x=X, t_x=T_X, T=T, weights=WEIGHTS, chances=chances, scale=1.0)
    whole = bgnbd_likelihood.total(table, **FOUR)
    rows = bgnbd_likelihood.log_likelihood(x=X, t_x=T_X, T=T, chances=chances, **in_each_row(FOUR)).derivatives(4)
    for one, all_rows in zip(whole, rows, strict=True):
        np.testing.assert_allclose(np.tensordot(WEIGHTS, all_rows, axes=1), one, rtol=1e-12)


def test_rows_of_nbd_add_up_to_the_total():
    two = {"r": 0.4, "alpha": 6.0}
    whole = nbd.total(tabulate(x=X, t_x=T_X, T=T, weights=WEIGHTS, chances=0 * X, scale=1.0), **two)
    for one, all_rows in zip(whole, nbd.log_likelihood(x=X, T=T, **in_each_row(two)).derivatives(2), strict=True):
        np.testing.assert_allclose(np.tensordot(WEIGHTS, all_rows, axes=1), one, rtol=1e-12)


def test_derivatives_in_coefficients_follow_the_chain_rule():
    """Central differences of the value in tau are its gradient, and of the gradient its Hessian."""
    n = len(X)
    one, z, w = np.ones((n, 1)), GENERATOR.normal(size=(n, 2)), GENERATOR.normal(size=(n, 1))
    predictors = [
        LinearPredictor(index=np.array([0, 2, 3]), design=np.hstack([one, z])),
        LinearPredictor(index=np.array([1]), design=one),
        LinearPredictor(index=np.array([4, 3]), design=np.hstack([one, w])),  # the second coefficient moves both
        LinearPredictor(index=np.array([5]), design=one),
    ]

    def at(tau):
        theta = linear_predictors(tau, predictors)
        params = variables(dict(zip(FOUR, WITH_DROPOUT.natural(theta).T, strict=True)))
        rows = bgnbd_likelihood.log_likelihood(x=X, t_x=T_X, T=T, chances=X + 1, **params).derivatives(4)
        return total_in_coefficients(*WITH_DROPOUT.in_unconstrained(theta, rows), predictors=predictors, size=6)

    tau = GENERATOR.normal(size=6) / 2
    _, gradient, hessian = at(tau)
    for k, step in enumerate(1e-5 * np.eye(6)):
        up, down = at(tau + step), at(tau - step)
        assert gradient[k] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-7, abs=1e-6)
        np.testing.assert_allclose(hessian[k], (up[1] - down[1]) / 2e-5, rtol=1e-6, atol=1e-6)
