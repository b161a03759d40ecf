"""Likelihood of Pareto/NBD and GGompertz/NBD: derivatives, sums over customers, many parameter vectors, limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundkarriar.models.families.pareto_nbd_family import GGOMPERTZ_FAMILY, PARETO_FAMILY
from kundkarriar.numerics.pareto_nbd import likelihood
from kundkarriar.summaries.purchase_rows import PurchaseRows

theta4 = st.tuples(*[st.floats(-2, 2)] * 4).map(np.array)
theta5 = st.tuples(*[st.floats(-2, 2)] * 5).map(np.array)
FAMILIES = {"Pareto/NBD": PARETO_FAMILY, "GGompertz/NBD": GGOMPERTZ_FAMILY}
families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
SCALE = 20.0


@pytest.fixture(scope="module")
def rows():
    generator = np.random.default_rng(0)
    x = np.append(generator.integers(0, 12, 118), [60, 250]).astype(float)
    T = np.round(generator.uniform(5, 40, 120))
    t_x = np.where(x > 0, np.ceil(T * generator.random(120)), 0.0)
    return PurchaseRows(x=x, t_x=t_x, T=T, weights=generator.integers(1, 4, 120).astype(float))


def differences(objective, theta, step=1e-5):
    """Central differences of (value, gradient)."""
    ups = [objective(theta + step * unit) for unit in np.eye(len(theta))]
    downs = [objective(theta - step * unit) for unit in np.eye(len(theta))]
    return tuple(
        np.array([(up[part] - down[part]) / (2 * step) for up, down in zip(ups, downs, strict=True)]) for part in (0, 1)
    )


@families
@settings(max_examples=25)
@given(theta=theta5)
def test_derivatives(rows, family, theta):
    objective, at = family.objective(rows, scale=SCALE), theta[: len(family.unconstrained)]
    _, gradient, hessian = objective(at)
    by_steps, second_differences = differences(objective, at)
    size = np.abs(hessian).max()
    assert gradient == pytest.approx(by_steps, rel=1e-5, abs=1e-7 * size)
    assert hessian == pytest.approx(second_differences, rel=1e-5, abs=1e-7 * size)
    assert hessian == pytest.approx(hessian.T)


@families
@settings(max_examples=25)
@given(theta=theta5)
def test_three_ways_to_one_likelihood(rows, family, theta):
    """`total` takes differences of integrals, `rows` each row's own integral, `loglik_batch` shared panels."""
    at = theta[: len(family.unconstrained)]
    value, gradient, hessian = family.objective(rows, scale=SCALE)(at)
    alone = family.row_objective(rows, np.tile(at, (len(rows), 1)), scale=SCALE)
    size = np.abs(hessian).max()
    assert rows.weights @ alone[0] == pytest.approx(value, rel=1e-10)
    assert rows.weights @ alone[1] == pytest.approx(gradient, abs=1e-9 * size)
    assert np.einsum("n,nij->ij", rows.weights, alone[2]) == pytest.approx(hessian, abs=1e-9 * size)
    assert family.loglik_batch(rows, scale=SCALE)(at[None])[0] == pytest.approx(value, rel=1e-10)
    params = dict(zip(family.parameters, family.unconstrained.natural(at, scale=SCALE), strict=True))
    assert rows.weights @ family.log_likelihood(rows, params) == pytest.approx(value, rel=1e-10)


@families
def test_rows_with_parameters_of_their_own(rows, family):
    """As covariates give them: each row as if it were alone."""
    theta = np.random.default_rng(1).normal(0, 1, (len(rows), len(family.unconstrained)))
    value, gradient, hessian = family.row_objective(rows, theta, scale=SCALE)
    for row in (0, 60, 119):
        one = PurchaseRows(x=rows.x[row], t_x=rows.t_x[row], T=rows.T[row], weights=1.0)
        alone = family.objective(one, scale=SCALE)(theta[row])
        assert value[row] == pytest.approx(alone[0], rel=1e-9)
        assert gradient[row] == pytest.approx(alone[1], rel=1e-7, abs=1e-9)
        assert hessian[row] == pytest.approx(alone[2], rel=1e-7, abs=1e-8)


@families
def test_many_parameter_vectors_at_once(rows, family):
    """`loglik_batch` sorts and groups parameter vectors, and returns values in their order; far ones too."""
    theta = np.random.default_rng(2).normal(0, 2, (450, len(family.unconstrained)))
    objective, log_likelihoods = family.objective(rows, scale=SCALE), family.loglik_batch(rows, scale=SCALE)(theta)
    assert log_likelihoods.shape == (450,)
    for point in range(0, 450, 30):
        assert log_likelihoods[point] == pytest.approx(objective(theta[point])[0], abs=1e-6, rel=1e-11)


@families
@given(theta=theta5, scale=st.floats(0.01, 400))
def test_unconstrained_parameters_and_back(family, theta, scale):
    at = theta[: len(family.unconstrained)]
    values = family.unconstrained.natural(at, scale=scale)
    assert family.unconstrained.unconstrained(values, scale=scale) == pytest.approx(at, abs=1e-9)
    step = 1e-6
    differences = [
        (
            np.log(family.unconstrained.natural(at + step * unit))
            - np.log(family.unconstrained.natural(at - step * unit))
        )
        / (2 * step)
        for unit in np.eye(len(at))
    ]
    assert family.unconstrained.log_jacobian(at) == pytest.approx(np.array(differences).T, abs=1e-6)


@given(theta=theta5, weights=st.tuples(*[st.floats(-2, 2)] * 5).map(np.array))
def test_second_derivatives_of_the_parameters(theta, weights):
    """`hessian` is the derivative of the weighted jacobian."""
    block, step = GGOMPERTZ_FAMILY.unconstrained, 1e-5
    ups = [weights @ block.jacobian(theta + step * unit) for unit in np.eye(5)]
    downs = [weights @ block.jacobian(theta - step * unit) for unit in np.eye(5)]
    second_differences = [(up - down) / (2 * step) for up, down in zip(ups, downs, strict=True)]
    assert block.hessian(theta, weights) == pytest.approx(np.array(second_differences), rel=1e-5, abs=1e-5)


@given(
    x=st.integers(0, 60),
    T=st.floats(0.1, 100),
    r=st.floats(0.1, 9),
    alpha=st.floats(0.5, 60),
    few=st.floats(1e-12, 1e-9),
)
def test_a_vanishing_dropout_rate_gives_nbd(x, T, r, alpha, few):
    row = {"x": np.array([float(x)]), "t_x": np.array([0.5 * T * (x > 0)]), "T": np.array([T])}
    nbd = PARETO_FAMILY.nested[0].family
    rows = PurchaseRows(**row, weights=1.0)
    without = nbd.log_likelihood(rows, {"r": r, "alpha": alpha})
    params = {"r": r, "alpha": alpha, "s": few, "beta": 1.0}
    # a customer whose last purchase is long ago may have dropped out, however rare dropout is
    log_alive = likelihood.log_p_alive(**row, **params)
    assert PARETO_FAMILY.log_likelihood(rows, params) == pytest.approx(without - log_alive, abs=1e-7)


@given(theta=theta4, b=st.floats(-16, -10))
def test_vanishing_ageing_gives_pareto(rows, theta, b):
    young = PARETO_FAMILY.objective(rows, scale=SCALE)(theta)[0]
    assert GGOMPERTZ_FAMILY.objective(rows, scale=SCALE)(np.append(theta, b))[0] == pytest.approx(
        young, abs=30 * np.exp(b) * len(rows)
    )


def test_where_all_drop_out_at_once_the_log_likelihood_keeps_its_digits():
    """S(T) is exp(-38,000,000) and the odds of dropout are its inverse; by direct integration with 25 digits."""
    row = PurchaseRows(x=0.0, t_x=0.0, T=2657.0654569874573, weights=1.0)
    params = {"r": 41.23603700038251, "alpha": 45.9084336579772, "b": 57.27192957427832, "s": 252.46211705991055}
    log_likelihood = GGOMPERTZ_FAMILY.log_likelihood(row, params | {"beta": 60.03428216499852})
    assert log_likelihood[0] == pytest.approx(-0.00310692688606843, abs=1e-12)
