"""Row by row, the likelihoods of single histories are what the totals add up, slopes and bends included."""

import numpy as np
import pytest

from kundkarriar.numerics.optimize.linear_predictor import Shifted, carried, theta_of
from kundkarriar.numerics.optimize.linear_reparametrisation import LinearBlock
from kundkarriar.numerics.optimize.unconstrained_parameters import (
    DROPOUT,
    PURCHASE_RATES,
    CoefficientBlock,
    Coordinates,
)
from kundkarriar.numerics.poisson_beta import bgnbd, likelihood, mbgnbd, nbd, row_derivatives
from kundkarriar.numerics.poisson_beta.statistics import tabulate

GENERATOR = np.random.default_rng(5)
X = np.array([0.0, 0, 1, 2, 7, 30])
T = np.array([12.0, 40, 39, 30, 45, 52])
T_X = np.where(X > 0, T * np.array([0.1, 0.9, 0.2, 1.0, 0.5, 0.99]), 0.0)
WEIGHTS = np.array([3.0, 1, 4, 1, 5, 2])
FOUR = {"r": 0.4, "alpha": 6.0, "a": 0.8, "b": 1.7}


def by_row(values, count):
    return {name: np.full(count, value) for name, value in values.items()}


@pytest.mark.parametrize("chances", [bgnbd.chances(X), mbgnbd.chances(X)], ids=["BG/NBD", "MBG/NBD"])
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


def test_slopes_are_carried_through_the_shifts():
    """Central differences of the value in tau are its gradient, and of the gradient its Hessian."""
    family = Coordinates(blocks=(PURCHASE_RATES, DROPOUT))
    n = len(X)
    one, z, w = np.ones((n, 1)), GENERATOR.normal(size=(n, 2)), GENERATOR.normal(size=(n, 1))
    coordinates = [
        Shifted(at=np.array([0, 2, 3]), columns=np.hstack([one, z])),
        Shifted(at=np.array([1]), columns=one),
        Shifted(at=np.array([4, 3]), columns=np.hstack([one, w])),  # the second coefficient moves both
        Shifted(at=np.array([5]), columns=one),
    ]

    def at(tau):
        theta = theta_of(tau, coordinates)
        r, alpha, a, b = family.natural(theta).T
        rows = row_derivatives.beta_geometric(x=X, t_x=T_X, T=T, chances=X + 1, r=r, alpha=alpha, a=a, b=b)
        return carried(*family.in_working(theta, rows), coordinates=coordinates, size=6)

    tau = GENERATOR.normal(size=6) / 2
    _, gradient, hessian = at(tau)
    for k, step in enumerate(1e-5 * np.eye(6)):
        up, down = at(tau + step), at(tau - step)
        assert gradient[k] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-7, abs=1e-6)
        np.testing.assert_allclose(hessian[k], (up[1] - down[1]) / 2e-5, rtol=1e-6, atol=1e-6)


def test_turned_coordinates_are_those_there_are_elsewhere():
    """Parameters, slopes and bends under a linear map; `working` undoes `natural`."""
    inner = Coordinates(blocks=(PURCHASE_RATES, CoefficientBlock(names=("age",))))
    turned = LinearBlock(inner=inner, turn=((1.0, 0.0, -4.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.1)))
    tau = np.array([0.3, -0.2, 0.7])
    values = turned.natural(tau, scale=39.0)
    np.testing.assert_allclose(values, inner.natural(np.array([0.3 - 2.8, -0.2, 0.07]), scale=39.0))
    np.testing.assert_allclose(turned.working(values, scale=39.0), tau, atol=1e-12)
    gradient = np.array([0.5, -2.0, 3.0])
    bend = np.zeros((3, 3))
    for k, step in enumerate(1e-5 * np.eye(3)):
        up, down = turned.natural(tau + step, scale=1.0), turned.natural(tau - step, scale=1.0)
        np.testing.assert_allclose(turned.slopes(tau)[:, k], (up - down) / 2e-5, rtol=1e-8, atol=1e-9)
        bend[k] = gradient @ (turned.slopes(tau + step) - turned.slopes(tau - step)) / 2e-5
    np.testing.assert_allclose(turned.bend(tau, gradient), bend, rtol=1e-7, atol=1e-8)
    assert turned.positive == (True, True, False)


@pytest.mark.parametrize("start", [1e-8, 0.3, 50.0, 1e6, 1e20])
def test_rising_factorials_of_many_starts_are_those_of_one(start):
    """Products, betas and sums of logarithms agree, whatever the shape of the starts."""
    steps = np.array([0.0, 1, 5, 16, 17, 32, 33, 400])
    expected = nbd.log_rising(start, steps)
    np.testing.assert_allclose(nbd.log_rising(np.full(len(steps), start), steps), expected, rtol=1e-12)
    np.testing.assert_allclose(nbd.log_rising(np.full(6, start), steps[:6]), expected[:6], rtol=1e-12)
    for rows in (1, len(steps)):
        many = nbd.log_rising(np.full((rows, 3), start), steps[:, None])
        np.testing.assert_allclose(many, np.tile(expected[:, None], 3), rtol=1e-12)
