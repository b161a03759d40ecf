"""Likelihoods of NBD, (M)BG/CNBD-k and Gamma-Gamma: derivatives against differences, totals against rows, limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundkarriar.numerics.bgnbd import likelihood as bgnbd_likelihood
from kundkarriar.numerics.bgnbd.likelihood import log_p_alive
from kundkarriar.numerics.bgnbd.loglik_batch import loglik_batch_function
from kundkarriar.numerics.bgnbd.sufficient_statistics import tabulate
from kundkarriar.numerics.gamma_gamma import likelihood as gamma_gamma_likelihood
from kundkarriar.numerics.gamma_gamma.spend_parameters import SpendParameters
from kundkarriar.numerics.optimize.forward_mode import variables
from kundkarriar.numerics.optimize.linear_predictor import LinearPredictor, linear_predictors, total_in_coefficients
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, PURCHASE_RATES, gamma_parameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.special.beta_geometric_survival import log_survival
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio

SPEND = UnconstrainedParameters(blocks=(SpendParameters(),))
WITH_DROPOUT = UnconstrainedParameters(blocks=(PURCHASE_RATES, DROPOUT))
theta4 = st.tuples(*[st.floats(-2, 2)] * 4).map(np.array)
kinds = pytest.mark.parametrize("first", [0, 1], ids=["BG/CNBD", "MBG/CNBD"])
ks = pytest.mark.parametrize("k", [1, 2, 3, 12])
NAMES = ("r", "alpha", "a", "b")

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


@ks
@kinds
@settings(max_examples=20)
@given(theta=theta4, dropout=st.booleans())
def test_gradient_and_hessian(base, k, first, theta, dropout):
    """They are central differences of the value and the gradient, with dropout and without."""
    rates = gamma_parameters(*PURCHASE_RATES.names, stages=k)
    unconstrained = UnconstrainedParameters(blocks=(rates, DROPOUT) if dropout else (rates,))
    chances = base["x"] + first if dropout else 0 * base["x"]
    statistics = tabulate(**base, chances=chances, k=k, scale=20.0)

    def objective(at):
        values = dict(zip(NAMES, unconstrained.natural(at), strict=False))
        return unconstrained.in_unconstrained(at, bgnbd_likelihood.total(statistics, **values))

    agree(objective, theta[: len(unconstrained)])


@given(theta=theta4)
def test_derivatives_of_gamma_gamma(base, theta):
    money = 30 * np.random.default_rng(1).gamma(2.0, size=300)

    def objective(at):
        p, q, gamma = SPEND.natural(at)
        total = gamma_gamma_likelihood.total(x=base["x"] + 1, m=money, weights=base["weights"], p=p, q=q, gamma=gamma)
        return SPEND.in_unconstrained(at, total)

    agree(objective, theta[:3])


@ks
@kinds
@given(theta=theta4)
def test_totals_and_batches_are_sums_of_the_rows(base, k, first, theta):
    points = {
        name: np.array([value, 1.0 + at]) for at, (name, value) in enumerate(zip(NAMES, np.exp(theta), strict=True))
    }
    rows = {name: base[name] for name in ("x", "t_x", "T")}
    for dropout in (False, True):
        chances = base["x"] + first if dropout else 0 * base["x"]
        statistics = tabulate(**base, chances=chances, k=k, scale=1.0)
        some = points if dropout else {name: points[name] for name in NAMES[:2]}
        batch = loglik_batch_function(statistics, dropout=dropout)(**some)
        for at in range(2):
            values = {name: float(value[at]) for name, value in some.items()}
            each = bgnbd_likelihood.log_likelihood(**rows, chances=chances, k=k, **values)
            each -= bgnbd_likelihood.gap_term(x=base["x"], gap_log_sum=0.0, k=k)
            whole = base["weights"] @ each
            assert bgnbd_likelihood.total(statistics, **values)[0] == pytest.approx(whole, rel=1e-11)
            assert batch[at] == pytest.approx(whole, rel=1e-11)


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
    row["t_x"] = row["T"] * (x > 0)
    without = bgnbd_likelihood.log_likelihood(**row, chances=0 * row["x"], r=r, alpha=alpha)
    dropout = bgnbd_likelihood.log_likelihood(**row, chances=row["x"], r=r, alpha=alpha, a=few, b=1.0)
    assert dropout == pytest.approx(without, abs=1e-6)


def test_a_large_r_keeps_its_digits():
    """As r grows at a fixed rate, NBD becomes Poisson; two log-gammas of 1e12 would leave no digit."""
    x, T = np.array([3.0]), np.array([10.0])
    poisson = 3 * np.log(0.2) - 0.2 * 10
    nbd = bgnbd_likelihood.log_likelihood(x=x, t_x=T, T=T, chances=0 * x, r=1e12, alpha=5e12)
    assert nbd[0] == pytest.approx(poisson, abs=1e-9)


def in_each_row(params):
    """Parameters that are differentiated in each row, the same in all."""
    return variables({name: np.full(len(X), value) for name, value in params.items()})


@ks
@pytest.mark.parametrize("chances", [0 * X, X, X + 1], ids=["NBD", "BG/NBD", "MBG/NBD"])
def test_rows_add_up_to_the_total(k, chances):
    """Differentiable rows against the tables of totals, whose derivatives are written by hand."""
    params = FOUR if chances.any() else {name: FOUR[name] for name in NAMES[:2]}
    whole = bgnbd_likelihood.total(
        tabulate(x=X, t_x=T_X, T=T, weights=WEIGHTS, chances=chances, k=k, scale=1.0), **params
    )
    rows = bgnbd_likelihood.log_likelihood(x=X, t_x=T_X, T=T, chances=chances, k=k, **in_each_row(params))
    value, *derivatives = rows.derivatives(len(params))
    value = value - bgnbd_likelihood.gap_term(x=X, gap_log_sum=0.0, k=k)
    for one, all_rows in zip(whole, (value, *derivatives), strict=True):
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


@given(k=st.integers(1, 12), x=st.integers(0, 60), share=st.floats(0.01, 1.0), theta=theta4)
def test_the_alive_weight_is_its_sum(k, x, share, theta):
    """W of the formula, whose terms are neither shared nor in logarithms; it is 1 at k = 1."""
    r, alpha, T = float(np.exp(theta[0])), float(np.exp(theta[1])), 30.0
    stages, t_x = np.array([float(k * x)]), np.array([share * T * (x > 0)])
    s, u = r + k * x, (T - t_x[0]) / (alpha + T)
    terms = [float(np.prod((s + np.arange(j)) * u / np.arange(1.0, j + 1))) for j in range(k)]
    found = bgnbd_likelihood.log_alive_weight(stages=stages, t_x=t_x, T=np.array([T]), k=k, r=r, alpha=alpha)
    assert float(np.ravel(found)[0]) == pytest.approx(np.log(sum(terms)), rel=1e-12, abs=1e-13)


@given(k=st.integers(2, 12), unit=st.floats(0.01, 400), params=st.tuples(*[st.floats(-2, 2)] * 4).map(np.exp))
def test_the_unit_of_time_changes_nothing_but_the_density(k, unit, params):
    """Times and alpha times c, gaps' logarithms plus ln c: the likelihood of x moments is c^-x of what it was."""
    r, alpha, a, b = params
    row = {"x": np.array([3.0]), "t_x": np.array([9.0]), "T": np.array([14.0])}
    scaled = {"x": row["x"], "t_x": unit * row["t_x"], "T": unit * row["T"]}
    shared = {"chances": np.array([4.0]), "k": k, "r": r, "a": a, "b": b}
    before = bgnbd_likelihood.log_likelihood(**row, gap_log_sum=np.array([2.0]), alpha=alpha, **shared)
    gaps = np.array([2.0 + 3 * np.log(unit)])
    after = bgnbd_likelihood.log_likelihood(**scaled, gap_log_sum=gaps, alpha=unit * alpha, **shared)
    assert after + 3 * np.log(unit) == pytest.approx(before, rel=1e-10, abs=1e-9)


@given(k=st.integers(1, 12), x=st.integers(1, 60), later=st.floats(0, 1), theta=theta4)
def test_a_more_recent_purchase_never_lowers_p_alive(k, x, later, theta):
    r, alpha, a, b = np.exp(theta)
    t_x = np.array([10.0, 10.0 + 20.0 * later])
    two = log_p_alive(
        x=np.full(2, x), t_x=t_x, T=np.full(2, 30.0), chances=np.full(2, x), k=k, r=r, alpha=alpha, a=a, b=b
    )
    assert two[1] >= two[0] - 1e-12
    assert (two <= 0).all()


def test_extreme_customers_have_finite_likelihoods():
    """10,000 of them: x to 1,000, T to 10,000, parameters over 12 e-folds."""
    generator = np.random.default_rng(3)
    n = 10_000
    x = np.floor(np.exp(generator.uniform(0, np.log(1001), n))) - 1
    T = np.exp(generator.uniform(-2, np.log(1e4), n))
    t_x = np.where(x > 0, T * generator.uniform(1e-6, 1, n), 0.0)
    r, alpha, a, b = np.exp(generator.uniform(-6, 6, (4, n)))
    for k in (1, 2, 5, 12, 40):
        seen = {"x": x, "t_x": t_x, "T": T, "chances": x + generator.integers(0, 2, n), "k": k, "r": r, "alpha": alpha}
        assert np.isfinite(bgnbd_likelihood.log_likelihood(**seen, gap_log_sum=0 * x, a=a, b=b)).all()
        assert np.isfinite(log_p_alive(**seen, a=a, b=b)).all()


@pytest.mark.parametrize(("start", "steps"), [(1e12, 3.0), (1e-9, 2.0), (39.5, -0.75), (1e9, 1e9), (45.0, 1e-8)])
def test_gamma_ratios_keep_their_digits(start, steps):
    mp = pytest.importorskip("mpmath")
    with mp.workdps(60):
        truth = mp.loggamma(mp.mpf(start) + mp.mpf(steps)) - mp.loggamma(mp.mpf(start))
    assert float(log_gamma_ratio(start, steps)) == pytest.approx(float(truth), rel=1e-14)


def test_log_survival_takes_fewer_factors():
    """(b)_n / (a + b)_n for a billion occasions and a small a: a billion factors would have no digits left."""
    mp = pytest.importorskip("mpmath")
    with mp.workdps(60):
        truth = mp.log(mp.beta(mp.mpf("0.5"), mp.mpf(2) + 10**9) / mp.beta(mp.mpf("0.5"), mp.mpf(2)))
    assert float(log_survival(1e9, a=0.5, b=2.0)) == pytest.approx(float(truth), rel=1e-14)
    assert float(log_survival(1e9, a=0.0, b=2.0)) == 0.0
