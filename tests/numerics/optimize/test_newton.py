"""Newton's method with a trust region, within bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.optimize.newton import Box, best_start, maximise


def test_the_maximum_is_found_where_values_no_longer_differ():
    """A log-likelihood of a billion has no digits for the last ten-thousandth of a step; its gradient has."""

    def high_hill(theta):
        return 1e9 - float(theta @ theta), -2 * theta, -2 * np.eye(2)

    box = Box(n=1, low=np.full(2, -9.0), high=np.full(2, 9.0))
    optimum = maximise(high_hill, np.full(2, 1e-4), box)
    assert optimum.converged
    assert np.abs(optimum.theta).max() < 1e-9


def test_a_ridge_is_followed_to_its_end_at_a_bound():
    """The search ends at the ridge's maximum on the bound, and does not approach it in ever smaller steps."""
    calls = 0

    def ridge(theta):
        nonlocal calls
        calls += 1
        off, along = theta[1] + theta[0] / 4, theta[0]
        gradient = np.array([-25 * off + 0.02, -100 * off])
        return 0.02 * along - 50 * off**2, gradient, np.array([[-6.25, -25.0], [-25.0, -100.0]])

    optimum = maximise(ridge, np.array([0.3, -0.2]), Box(n=1, low=np.full(2, -25.0), high=np.full(2, 25.0)))
    assert optimum.converged
    assert optimum.theta.tolist() == [25.0, -6.25]
    assert calls < 20


def cliff(theta):
    """A local maximum at 2/3; from 1 on higher, with a non-finite Hessian; from 2 on NaN."""
    if theta[0] >= 2:
        return np.nan, np.full(1, np.nan), np.full((1, 1), np.nan)
    if theta[0] >= 1:
        return 5.0, np.ones(1), np.full((1, 1), -np.inf)
    return float(theta[0] ** 2 - theta[0] ** 3), 2 * theta - 3 * theta**2, np.full((1, 1), 2 - 6 * theta[0])


def test_no_step_leads_to_a_non_finite_objective():
    """The first step, where the objective is nearly linear, leads beyond 1: it is rejected and shortened."""
    optimum = maximise(cliff, np.array([0.32]), Box(n=1, low=np.full(1, -9.0), high=np.full(1, 9.0)))
    assert optimum.converged
    assert optimum.theta[0] == pytest.approx(2 / 3)


def test_a_start_that_is_not_finite_loses():
    """However many there are; if there is no other, the search ends at minus infinity, not converged."""
    box = Box(n=1, low=np.full(1, -9.0), high=np.full(1, 9.0))
    assert best_start(cliff, [np.array([3.0]), np.array([0.1]), np.array([1.5])], box) == pytest.approx(2 / 3)
    nowhere = maximise(cliff, np.array([3.0]), box)
    assert not nowhere.converged
    assert nowhere.value == -np.inf


def test_the_maximum_is_found_though_values_round_far_above_their_last_digit():
    """Values that are the difference of large terms: one that rounds up must not hold the search."""

    def grainy(theta):
        grain = 1e-9 * np.sin(1e9 * float(theta.sum()))
        return -1000 - float(theta @ theta) + grain, -2 * theta, -2 * np.eye(2)

    box = Box(n=1, low=np.full(2, -9.0), high=np.full(2, 9.0))
    for begin in np.linspace(1e-6, 3e-5, 50):
        optimum = maximise(grainy, np.full(2, begin), box)
        assert optimum.converged
        assert np.abs(optimum.theta).max() < 1e-9


@given(start=st.tuples(st.floats(-4, 4), st.floats(-4, 4)).map(np.array))
def test_the_search_finds_a_maximum_behind_a_curved_ridge(start):
    """Rosenbrock's valley upside down: the plain Newton step diverges, the trust region does not."""

    def ridge(theta):
        u, v = theta
        gradient = -np.array([400 * u * (u**2 - v) + 2 * (u - 1), 200 * (v - u**2)])
        hessian = -np.array([[1200 * u**2 - 400 * v + 2, -400 * u], [-400 * u, 200.0]])
        return -100 * (v - u**2) ** 2 - (u - 1) ** 2, gradient, hessian

    optimum = maximise(ridge, start, Box(n=1, low=np.full(2, -30.0), high=np.full(2, 30.0)))
    assert optimum.converged
    assert optimum.theta == pytest.approx([1, 1], abs=1e-6)


def test_the_search_stops_at_a_bound():
    def linear(theta):
        return float(theta[0]), np.ones(1), np.zeros((1, 1))

    optimum = maximise(linear, np.zeros(1), Box(n=1, low=np.array([-3.0]), high=np.array([3.0])))
    assert (optimum.theta[0], optimum.converged) == (3.0, True)


def test_a_search_that_cannot_end_is_not_converged():
    """A kink has no maximum with a zero derivative."""

    def kink(theta):
        return -abs(float(theta[0]) - 0.3), -np.sign(theta - 0.3), np.array([[-1e-3]])

    optimum = maximise(kink, np.zeros(1), Box(n=1, low=np.array([-3.0]), high=np.array([3.0])))
    assert not optimum.converged


def test_a_search_that_is_content_with_little_gain_does_not_end_at_a_bound_on_the_way():
    """A step cut short by a bound promises next to nothing; the search goes on along the bound."""

    def bowl(theta):
        gradient = np.array([-1e-3 - theta[0], -100.0 * (theta[1] - 1.0)])
        return -0.5 * theta[0] ** 2 - 1e-3 * theta[0] - 50.0 * (theta[1] - 1.0) ** 2, gradient, np.diag([-1.0, -100.0])

    box = Box(n=1, low=np.array([-1e-9, -9.0]), high=np.full(2, 9.0), gain_tolerance=1e-3)
    optimum = maximise(bowl, np.array([0.0, 0.9]), box)
    assert optimum.converged
    assert optimum.theta == pytest.approx([-1e-9, 1.0], abs=1e-12)
