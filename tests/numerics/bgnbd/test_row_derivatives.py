"""Log-likelihoods of single histories add up to the totals, with gradients and Hessians."""

import numpy as np
import pytest

from kundkarriar.numerics.bgnbd import dropout_opportunities, likelihood, nbd, row_derivatives
from kundkarriar.numerics.bgnbd.sufficient_statistics import tabulate
from kundkarriar.numerics.optimize.linear_predictor import LinearPredictor, linear_predictors, total_in_coefficients
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, PURCHASE_RATES
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

GENERATOR = np.random.default_rng(5)
X = np.array([0.0, 0, 1, 2, 7, 30])
T = np.array([12.0, 40, 39, 30, 45, 52])
T_X = np.where(X > 0, T * np.array([0.1, 0.9, 0.2, 1.0, 0.5, 0.99]), 0.0)
WEIGHTS = np.array([3.0, 1, 4, 1, 5, 2])
FOUR = {"r": 0.4, "alpha": 6.0, "a": 0.8, "b": 1.7}


def by_row(values, count):
    return {name: np.full(count, value) for name, value in values.items()}


@pytest.mark.parametrize(
    "chances",
    [dropout_opportunities.after_repeat_purchases(X), dropout_opportunities.after_all_purchases(X)],
    ids=["BG/NBD", "MBG/NBD"],
)
def test_rows_add_up_to_the_total(chances):
    table = tabulate(x=X, t_x=T_X, T=T, weights=WEIGHTS, chances=chances, scale=1.0)
    whole = likelihood.total(table, **FOUR)
    rows = row_derivatives.beta_geometric(x=X, t_x=T_X, T=T, chances=chances, **by_row(FOUR, len(X)))
    for one, all_rows in zip(whole, rows, strict=True):
        np.testing.assert_allclose(np.tensordot(WEIGHTS, all_rows, axes=1), one, rtol=1e-12)


def test_rows_of_nbd_add_up_to_the_total():
    two = {"r": 0.4, "alpha": 6.0}
    whole = nbd.total(tabulate(x=X, t_x=T_X, T=T, weights=WEIGHTS, chances=0 * X, scale=1.0), **two)
    for one, all_rows in zip(whole, row_derivatives.poisson_gamma(x=X, T=T, **by_row(two, len(X))), strict=True):
        np.testing.assert_allclose(np.tensordot(WEIGHTS, all_rows, axes=1), one, rtol=1e-12)


def test_derivatives_in_coefficients_follow_the_chain_rule():
    """Central differences of the value in tau are its gradient, and of the gradient its Hessian."""
    family = UnconstrainedParameters(blocks=(PURCHASE_RATES, DROPOUT))
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
        r, alpha, a, b = family.natural(theta).T
        rows = row_derivatives.beta_geometric(x=X, t_x=T_X, T=T, chances=X + 1, r=r, alpha=alpha, a=a, b=b)
        return total_in_coefficients(*family.in_unconstrained(theta, rows), predictors=predictors, size=6)

    tau = GENERATOR.normal(size=6) / 2
    _, gradient, hessian = at(tau)
    for k, step in enumerate(1e-5 * np.eye(6)):
        up, down = at(tau + step), at(tau - step)
        assert gradient[k] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-7, abs=1e-6)
        np.testing.assert_allclose(hessian[k], (up[1] - down[1]) / 2e-5, rtol=1e-6, atol=1e-6)
