"""Likelihoods of NBD, BG/NBD, MBG/NBD and Gamma-Gamma: derivatives against differences, totals against rows, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.bgnbd import likelihood as bgnbd_likelihood
from kundkarriar.numerics.bgnbd import nbd
from kundkarriar.numerics.bgnbd.sufficient_statistics import tabulate
from kundkarriar.numerics.gamma_gamma import likelihood as gamma_gamma_likelihood
from kundkarriar.numerics.gamma_gamma.spend_parameters import UNCONSTRAINED as SPEND
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, PURCHASE_RATES
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

RATES = UnconstrainedParameters(blocks=(PURCHASE_RATES,))
WITH_DROPOUT = UnconstrainedParameters(blocks=(PURCHASE_RATES, DROPOUT))
theta4 = st.tuples(*[st.floats(-2, 2)] * 4).map(np.array)
models = pytest.mark.parametrize("first_may_be_the_last", [False, True], ids=["BG/NBD", "MBG/NBD"])


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
